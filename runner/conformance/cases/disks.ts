// Cases about disks as the guest finds them, and as the host finds them afterwards.
import type { Bench } from '../bench.ts';
import { type ConformanceCase, difference, notApplicable, verdict } from '../case.ts';
import {
  blob,
  digestOf,
  type MainFacts,
  mainSession,
  mainSteps,
  unordered,
  writtenAtBytes,
  writtenBytes,
} from '../main-session.ts';
import { broken } from '../sentences.ts';
import { type Course, follow, makeFile, prepareTrial, runTrial, type Trial } from '../trial.ts';
import { mebibyte, type TrialDisk } from '../trial-session.ts';

const subject = 'disks';
const behind4GiB = 4500 * mebibyte;

/** "alpha 1050112 DIGEST  -" by disk, as the guest saw them. */
function seen({ course }: MainFacts): ReadonlyMap<string, { size: number; digest: string }> {
  const lines = course.output(mainSteps.disks).toString().trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [name = '', size = '', digest = ''] = line.split(' ');
      return [name, { size: Number(size), digest }];
    }),
  );
}

export const diskCases: readonly ConformanceCase[] = [
  {
    number: 8,
    subject,
    name: 'order of disks',
    promise: 'The guest finds the disks in their order, each with its own bytes.',
    async run(bench) {
      const facts = await mainSession(bench);
      const found = seen(facts);
      const wrong = [...facts.placed].map(([name, bytes]) =>
        found.get(name)?.digest === digestOf(bytes)
          ? undefined
          : `In the place of the disk ${name} the guest found other bytes.`,
      );
      return verdict([broken(facts.course), ...wrong]);
    },
  },
  {
    number: 9,
    subject,
    name: 'the most disks it claims',
    promise: 'As many disks as mostDisks says can be attached, and keep their order.',
    run: mostDisks,
  },
  {
    number: 10,
    subject,
    name: 'two disks do',
    promise: 'Disks that are packed into the job disk are as good as disks of their own.',
    run: packed,
  },
  {
    number: 11,
    subject,
    name: 'sizes',
    promise: 'A disk has exactly its size for the guest, also where that is no power of two.',
    async run(bench) {
      const facts = await mainSession(bench);
      const found = seen(facts);
      const wrong = [...facts.placed].map(([name, bytes]) =>
        difference(`the size of the disk ${name}`, bytes.length, found.get(name)?.size),
      );
      return verdict([broken(facts.course), ...wrong]);
    },
  },
  {
    number: 12,
    subject,
    name: 'what was written is there',
    promise:
      'After the end the host reads what the guest wrote, from the first sectors to the last, and nothing else changed.',
    async run(bench) {
      const facts = await mainSession(bench);
      const wrong = [...facts.placed].map(([name, bytes]) =>
        facts.collected.get(name)?.equals(afterWriting(name, bytes))
          ? undefined
          : `The disk ${name} does not hold what the guest wrote.`,
      );
      return verdict([broken(facts.course), ...wrong]);
    },
  },
  {
    number: 13,
    subject,
    name: 'bases stay unchanged',
    promise: 'Files that copy-of disks began with, such as the system disk, are never changed.',
    async run(bench) {
      const { changedBases, course } = await mainSession(bench);
      const [first] = changedBases;
      return verdict([broken(course), first === undefined ? undefined : `The guest's writes changed ${first}.`]);
    },
  },
  {
    number: 14,
    subject,
    name: 'large disks',
    promise: 'A disk of 5 GiB takes bytes behind 4 GiB, where they belong.',
    run: large,
  },
  {
    number: 15,
    subject,
    name: 'disks go from machine to machine',
    promise:
      'What one machine wrote, the next one finds, although the first was stopped in the middle of a later step.',
    run: fromMachineToMachine,
  },
];

function afterWriting(name: string, bytes: Buffer): Buffer {
  const expected = Buffer.from(bytes);
  blob.copy(expected, writtenAtBytes, 0, writtenBytes);
  expected.write(`end of ${name}`.padEnd(512), expected.length - 512, 'latin1');
  return expected;
}

async function mostDisks(bench: Bench) {
  const most = bench.probe.capabilities.mostDisks;
  if (most === 2) return notApplicable('It claims two disks, which is what case 10 is about.');
  const names = Array.from({ length: most - 2 }, (_, index) => `disk${index + 1}`);
  const disks: TrialDisk[] = [];
  for (const name of names) {
    const path = await makeFile(bench, `${name}.img`, Buffer.from(`I am ${name}`.padEnd(512)));
    disks.push({ name, sizeBytes: mebibyte, content: { kind: 'copy-of', path } });
  }
  const script = `for disk in ${names.join(' ')}; do head -c 512 /dev/vmb/$disk | sed 's/ *$//'; echo; done`;
  return runTrial(bench, { id: 'most', steps: [{ script }], disks }, async (course) => {
    const told = course.output(1).toString().trim().split(/\n+/);
    return verdict([
      broken(course),
      difference(
        'the disks in their order',
        names.map((name) => `I am ${name}`),
        told,
      ),
    ]);
  });
}

async function packed(bench: Bench) {
  const first = unordered(mebibyte + 512, 3);
  const path = await makeFile(bench, 'packed.img', first);
  const disks: TrialDisk[] = [
    { name: 'first', sizeBytes: first.length, content: { kind: 'copy-of', path } },
    { name: 'second', sizeBytes: mebibyte },
  ];
  const script =
    'sha256sum </dev/vmb/first; sha256sum </dev/vmb/second; cat /dev/vmb/first 2>/dev/null | head -c 1048576 >/dev/vmb/second';
  return runTrial(bench, { id: 'packed', packed: true, steps: [{ script }], disks }, async (course, trial) => {
    const told = course.output(1).toString().replaceAll('  -', '').trim().split('\n');
    const written = await trial.read('second', 0, mebibyte);
    return verdict([
      broken(course),
      difference('the packed disks', [digestOf(first), digestOf(Buffer.alloc(mebibyte))], told),
      written.equals(first.subarray(0, mebibyte)) ? undefined : 'What the guest wrote to a packed disk is not there.',
    ]);
  });
}

async function large(bench: Bench) {
  const script = `printf 'behind 4 GiB' | dd of=/dev/vmb/large bs=${mebibyte} seek=4500 conv=notrunc 2>/dev/null
    dd if=/dev/vmb/large bs=${mebibyte} skip=404 count=1 2>/dev/null | head -c 12 | tr '\\0' 0`;
  const disks = [{ name: 'large', sizeBytes: 5 * 1024 * mebibyte }];
  return runTrial(bench, { id: 'large', steps: [{ script }], disks }, async (course, trial) => {
    const written = (await trial.read('large', behind4GiB, 12)).toString('latin1');
    return verdict([
      broken(course),
      difference('what lies 4 GiB before', '0'.repeat(12), course.output(1).toString()),
      difference('what lies behind 4 GiB', 'behind 4 GiB', written),
    ]);
  });
}

/** The first machine is stopped while its second step runs; another one attaches the same disk. */
async function fromMachineToMachine(bench: Bench) {
  const digest = digestOf(blob);
  const write = { script: 'vmb_payload_bytes blob >/dev/vmb/kept', payloads: { blob } };
  const disks = [{ name: 'kept', sizeBytes: 2 * mebibyte }];
  const first = await prepareTrial(bench, { id: 'stopped', steps: [write, { script: 'sleep 1000' }], disks });
  try {
    const course = await stopInSecondStep(first);
    if (course.results.length === 0 && !isStopped(course)) return verdict([broken(course)]);
    const path = await makeFile(bench, 'kept.img', await first.read('kept', 0, 2 * mebibyte));
    const onHost = digestOf((await first.read('kept', 0, 2 * mebibyte)).subarray(0, blob.length));
    const again = { name: 'kept', sizeBytes: 2 * mebibyte, content: { kind: 'take', path } } as const;
    const script = `head -c ${blob.length} /dev/vmb/kept | sha256sum`;
    return runTrial(bench, { id: 'again', steps: [{ script }], disks: [again] }, async (next) =>
      verdict([
        difference('the bytes of the finished step, on the host', digest, onHost),
        broken(next),
        difference(
          'the bytes of the finished step, for the next machine',
          digest,
          next.output(1).toString().slice(0, 64),
        ),
      ]),
    );
  } finally {
    await first.remove();
  }
}

async function stopInSecondStep(trial: Trial): Promise<Course> {
  const stop = new AbortController();
  return follow(trial, await trial.boot(), {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'step-started' && event.number === 2) stop.abort(stopped);
    },
  });
}

const stopped = new Error('stopped in the second step');

function isStopped({ error }: Course): boolean {
  return error === stopped;
}
