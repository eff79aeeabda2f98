// Cases about the adapter itself: nothing boots.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskContent, DiskHandle } from '../../../vmm-adapters/lib/adapter.ts';
import type { Bench } from '../bench.ts';
import { type ConformanceCase, difference, verdict } from '../case.ts';
import { digestOf, digestOfFile, unordered } from '../main-session.ts';
import { makeFile, prepareTrial, readPart } from '../trial.ts';

const subject = 'adapter';

export const adapterCases: readonly ConformanceCase[] = [
  {
    number: 1,
    subject,
    name: 'says what it can do',
    promise: 'probe() tells version and capabilities, the same each time.',
    async run({ adapter, probe, signal }) {
      const { capabilities, version } = probe;
      const { mostDisks, mostCpus, mostMemoryBytes, boots, architectures } = capabilities;
      return verdict([
        difference('the probe, asked again', probe, await adapter.probe(signal)),
        version.trim() === '' ? 'It tells no version.' : undefined,
        mostDisks >= 2 ? undefined : `It attaches ${mostDisks} disks; the border needs two.`,
        mostCpus >= 1 && mostMemoryBytes > 0 ? undefined : 'It offers no processor, or no memory.',
        boots.length > 0 && architectures.length > 0 ? undefined : 'It names no way to boot, or no architecture.',
      ]);
    },
  },
  {
    number: 2,
    subject,
    name: 'blank disks',
    promise: 'A blank disk has its size and reads as zeros.',
    run: (bench) => placed(bench, 'blank', Buffer.alloc(3 * 512 + 1_048_576), { kind: 'blank' }),
  },
  {
    number: 3,
    subject,
    name: 'disks that begin as a copy',
    promise: 'A copy-of disk begins with the bytes of the file, then zeros; the file stays where and what it is.',
    async run(bench) {
      const bytes = unordered(700_416);
      const path = await makeFile(bench, 'copied.img', bytes);
      const found = await placed(bench, 'copy', withZeros(bytes, 1_048_576), { kind: 'copy-of', path });
      if (found.kind !== 'passed') return found;
      return verdict([difference('the copied file', digestOf(bytes), await digestOfFile(path))]);
    },
  },
  {
    number: 4,
    subject,
    name: 'disks that are taken',
    promise: 'A file that is taken becomes the disk.',
    async run(bench) {
      const bytes = unordered(700_416, 2);
      const path = await makeFile(bench, 'taken.img', bytes);
      return placed(bench, 'take', withZeros(bytes, 1_048_576), { kind: 'take', path });
    },
  },
  {
    number: 5,
    subject,
    name: 'removed disks',
    promise: 'remove() takes all files of a disk away, and its id can be used again.',
    async run({ adapter, workFolder }) {
      const disk: DiskHandle = { id: 'removed', role: 'build', sizeBytes: 1_048_576 };
      const before = await filesIn(workFolder);
      for (let time = 0; time < 2; time += 1) {
        await adapter.place(disk, { kind: 'blank' });
        await adapter.collect(disk);
        await adapter.remove(disk);
      }
      const left = (await filesIn(workFolder)).filter((name) => !before.includes(name));
      return verdict([left.length === 0 ? undefined : `These files are left: ${left.join(', ')}.`]);
    },
  },
  {
    number: 6,
    subject,
    name: 'command line',
    promise: 'command() tells words to paste, the same each time, and starts nothing.',
    async run(bench) {
      const trial = await prepareTrial(bench, { id: 'command', steps: [] });
      try {
        const words = bench.adapter.command(trial.machine);
        return verdict([
          words.length === 0 || words.some((word) => typeof word !== 'string') ? 'It is empty.' : undefined,
          difference('the command line, asked again', words, bench.adapter.command(trial.machine)),
        ]);
      } finally {
        await trial.remove();
      }
    },
  },
  {
    number: 7,
    subject,
    name: 'sweep of nothing',
    promise: 'sweep() of a folder that holds nothing, or is missing, does nothing.',
    async run({ definition, folder }) {
      await definition.sweep(join(folder, 'missing'));
      return verdict([]);
    },
  },
];

async function placed({ adapter }: Bench, id: string, expected: Buffer, content: DiskContent) {
  const disk: DiskHandle = { id, role: 'build', sizeBytes: expected.length };
  await adapter.place(disk, content);
  try {
    const path = await adapter.collect(disk);
    const { size } = await stat(path);
    const bytes = await readPart(path, 0, expected.length);
    return verdict([
      difference('its size in bytes', expected.length, size),
      bytes.equals(expected) ? undefined : 'It does not hold the bytes that were placed.',
    ]);
  } finally {
    await adapter.remove(disk);
  }
}

function withZeros(bytes: Buffer, lengthBytes: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(lengthBytes - bytes.length)]);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  return entries.sort();
}
