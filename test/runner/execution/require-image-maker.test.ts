// A plan whose images cannot be made here: a sentence with the place and the remedy, before anything boots.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ArtifactPlan } from '../../../jobs/lib/job.ts';
import { requireImageMaker } from '../../../runner/execution/require-image-maker.ts';
import type { DiskStep } from '../../../runner/plan/plan.ts';
import { type CommandRunner, localCommands } from '../../../vmm-adapters/lib/command.ts';

function step(from: ArtifactPlan['from']): DiskStep {
  return {
    kind: 'disk',
    number: 1,
    job: 'export',
    id: undefined,
    title: 'export main',
    position: { file: 'build.toml', line: 41, column: 1 },
    notes: [],
    artifacts: [{ name: 'main', at: ['as'], from }],
    inputs: [],
    fingerprint: '',
    created: [],
  };
}

/** A machine without any program. */
function withoutPrograms(): CommandRunner {
  const path = mkdtempSync(join(tmpdir(), 'vmb-empty-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return { ...localCommands, run: (file, args) => localCommands.run(file, args, { env: { PATH: path } }) };
}

const qcow2 = step({ kind: 'disk', disk: 'own', of: 'main', format: 'qcow2' });
const raw = step({ kind: 'disk', disk: 'own', of: 'main' });

test('names the place, the program and a way without it', async () => {
  await expect(
    requireImageMaker({ steps: [raw, qcow2] }, withoutPrograms()),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RunnerError: build.toml:41:1: format = "qcow2" cannot be made, because of this: qemu-img is not installed here. On Debian: apt-get install qemu-utils Or write format = "raw".]`,
  );
});

test('asks for nothing that is not needed', async () => {
  await requireImageMaker({ steps: [raw] }, withoutPrograms());
  await requireImageMaker({ steps: [qcow2] }, localCommands);
});
