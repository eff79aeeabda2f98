// An error of v86's own program is told as it is, but a fault that no guest can take is a reset.
import { expect, test } from 'vitest';
import { exitOfError } from '../../../vmm-adapters/lib/v86-failure.ts';

test('a fault without a handler is a reset', () => {
  const complaints = ['panicked at src/rust/cpu/cpu.rs:815:13:\nUnimplemented: #GP handler'];
  expect(exitOfError('unreachable', complaints)).toEqual({
    reason: 'reset',
    detail: 'The guest has no handler for a fault of its processor (#GP).',
  });
});

test('anything else is a failure, with all that v86 said', () => {
  expect(exitOfError('unreachable', ['panicked at src/rust/jit.rs:1:1:\nno room'])).toEqual({
    reason: 'failed',
    detail: 'v86 stopped by an error of its own:\npanicked at src/rust/jit.rs:1:1:\nno room\nunreachable',
  });
});
