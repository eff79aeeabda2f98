// How steps are grouped into boots.
import { expect, test } from 'vitest';
import type { GuestStep, Step } from '../../../runner/plan/plan.ts';
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

const resizes: Readonly<Record<string, GuestStep['resizes']>> = {
  l: { disk: 'main', fromBytes: 1, toBytes: 2 },
  s: { disk: 'main', fromBytes: 2, toBytes: 1 },
  L: { disk: 'data', fromBytes: 1, toBytes: 2 },
  S: { disk: 'data', fromBytes: 2, toBytes: 1 },
};

/** "d" makes a disk, "g" runs in the guest, "p" is a privileged run, "h" a host action, "a" makes an artifact, "t" takes it in, "l" and "s" make a disk larger and smaller, "L" and "S" another. */
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
      clockSeconds: 0,
      onlyReads: false,
      payloads: [],
      tools: false,
      ownDisks: [],
      regions: [],
      resizes: resizes[kind],
      payloadOutBytes: undefined,
      runsPrograms: undefined,
      target: undefined,
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

test('a disk grows before a session and shrinks after one', () => {
  expect(shown('dggsglggs')).toBe('dggs g lggs');
  expect(shown('dlsdg')).toBe('dls dg');
  expect(shown('gls', true)).toBe('g l s');
});

test('disks that change one after the other share a boot', () => {
  expect(shown('gsSlLg')).toBe('gsS lLg');
  expect(shown('lLgg')).toBe('lLgg');
  expect(shown('sLg')).toBe('sL g');
  expect(shown('lSg')).toBe('lS g');
  expect(shown('ll')).toBe('l l');
  expect(shown('ss')).toBe('s s');
  expect(shown('sl')).toBe('s l');
  expect(shown('lgL')).toBe('lg L');
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
