// Any frame, for properties.
import fc from 'fast-check';
import type { Frame } from '../../../build-vm/border/frame.ts';

const hexKey = fc.stringMatching(/^[0-9a-f]{32}$/);

export const anyFrame: fc.Arbitrary<Frame> = fc.record({
  channel: fc.constantFrom('s', 'o', 'b', 'k', 'h'),
  sequence: fc.integer({ min: 1, max: 9_999_999_999 }),
  key: fc.oneof(hexKey, fc.constant('-')),
  type: fc.stringMatching(/^[a-z-]{1,12}$/),
  body: fc.stringMatching(/^[ -~]{1,200}$/),
});
