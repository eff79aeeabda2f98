// How steps are grouped into boots.
import { expect, test } from 'vitest';
import type { Step } from '../../../runner/plan/plan.ts';
import { stagesOf } from '../../../runner/plan/stages.ts';

const base = {
  id: undefined,
  title: '',
  position: { file: 'build.toml', line: 1, column: 1 },
  notes: [],
  artifacts: [],
  inputs: [],
  fingerprint: '',
};

/** "d" makes a disk, "g" runs in the guest, "p" is a privileged run, "h" a host action, "a" makes an artifact, "t" takes it in. */
function steps(kinds: string): Step[] {
  return [...kinds].map((kind, index): Step => {
    const number = index + 1;
    if (kind === 'd') return { ...base, number, job: kind, kind: 'disk', created: [] };
    if (kind === 'h')
      return {
        ...base,
        number,
        job: kind,
        kind: 'host',
        hostInputs: new Map(),
        images: [],
        bringsIn: [],
        apply: async () => {},
      };
    const guest = {
      script: '',
      timeoutMs: 1,
      payloads: [],
      tools: false,
      ownDisks: [],
      payloadOutBytes: undefined,
      runsPrograms: undefined,
      bringsOut: [],
    };
    const artifacts = kind === 'a' ? [{ name: 'x.tar', at: [], from: { kind: 'payload', payload: 'x' } as const }] : [];
    const inputs = kind === 't' ? [{ name: 'artifact:x.tar', digest: undefined, sizeBytes: undefined }] : [];
    return { ...base, ...guest, artifacts, inputs, number, job: kind, kind: 'guest', ownSession: kind === 'p' };
  });
}

function shown(kinds: string, sessionPerStep = false): string {
  return stagesOf(steps(kinds), sessionPerStep)
    .map((stage) => (stage.kind === 'host' ? 'h' : stage.steps.map(({ job }) => job).join('')))
    .join(' ');
}

test('consecutive steps share a session; a host action ends it', () => {
  expect(shown('dggghdgg')).toBe('dggg h dgg');
});

test('a step whose frames are its own word has a session of its own', () => {
  expect(shown('dggpgg')).toBe('dgg p gg');
  expect(shown('dp')).toBe('dp');
  expect(shown('pp')).toBe('p p');
});

test('what a step takes in was handed out by an earlier session', () => {
  expect(shown('dagtg')).toBe('dag tg');
  expect(shown('ahtg')).toBe('a h tg');
});

test('one session a step, when asked for', () => {
  expect(shown('dgghg', true)).toBe('dg g h g');
});

test('sessions are named by their place', () => {
  expect(stagesOf(steps('ghg'), false).map((stage) => (stage.kind === 'session' ? stage.id : ''))).toEqual([
    'session-1',
    '',
    'session-2',
  ]);
});
