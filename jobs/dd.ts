// dd: bytes of a file to an offset of a disk or volume, such as boot code; what must stay there stays unless told.
import { byteCount, parseBytes } from './lib/byte-count.ts';
import type { Disk, Volume } from './lib/disk.ts';
import { hostInput } from './lib/host-input.ts';
import { guestJob, type World } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { text, volume } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { type Static, Type } from './lib/schema.ts';
import { sizeText } from './lib/size.ts';
import { guardedRanges, lyingIn, nextGuarded, type Range, runningInto } from './lib/write-room.ts';
import { type BytesToWrite, writeBytes } from './lib/write-script.ts';

const schema = Type.Object(
  {
    from: text(
      'File whose bytes are written: a path in the build folder, vmb:NAME, artifact:NAME, fetched:NAME, or a place in a volume',
      'vmb:bios-boot',
    ),
    to: volume('Where they are written'),
    offset: Type.Optional(byteCount('Where on it the first byte goes. 0 unless given', 512)),
    skip: Type.Optional(byteCount('How much of the file is left out at its beginning. 0 unless given', 512)),
    length: Type.Optional(byteCount('How much is written. All that the file has unless given', 440)),
    'over-partitions': Type.Optional(
      Type.Boolean({
        description: 'Whether partitions and the table of partitions may be written over. false unless given',
        examples: [true],
      }),
    ),
    'over-filesystem': Type.Optional(
      Type.Boolean({
        description: 'Whether a volume that has a filesystem may be written to. false unless given',
        examples: [true],
      }),
    ),
  },
  { additionalProperties: false },
);

type Options = Static<typeof schema>;

export const job = guestJob({
  name: 'dd',
  summary: 'Writes bytes of a file, such as boot code, to an offset of a disk or volume',
  schema,
  plan(options, world) {
    const { from, target, offsetBytes, lengthBytes, over, endBytes } = planned(options, world);
    const what = lengthBytes === undefined ? options.from : `${sizeText(lengthBytes)} of ${options.from}`;
    const ran = over.filter((range) => range.startBytes < endBytes && offsetBytes < range.endBytes);
    const verb = lengthBytes === undefined ? 'may write over' : 'writes over';
    return {
      title: `write ${what} to ${volumeName(target)} at ${sizeText(offsetBytes)}`,
      disks: [written(target, offsetBytes, endBytes)],
      ...(from.kind === 'source'
        ? { payloadsIn: [{ kind: 'raw', name: 'bytes', source: from.source, at: ['from'] }] }
        : {}),
      ...(ran.length > 0 ? { notes: [`${verb} ${ran.map(({ name }) => name).join(', ')}`] } : {}),
    };
  },
  script(options, world) {
    return writeBytes(planned(options, world));
  },
});

interface PlannedDd extends BytesToWrite {
  /** What they may run over, because the build file says so. */
  readonly over: readonly Range[];
  /** On the target, where they end at the latest. */
  readonly endBytes: number;
}

function planned(options: Options, world: World): PlannedDd {
  const target = writable(options, world);
  const offsetBytes = parseBytes(options.offset ?? 0, ['offset']);
  const { from, skipBytes, lengthBytes, isKnown } = wanted(options, world);
  const all = guardedRanges(target);
  const isTold = options['over-partitions'] === true;
  const limit = nextGuarded(isTold ? [] : all, target, offsetBytes);
  if (limit.startBytes <= offsetBytes) throw lyingIn(limit, offsetBytes);
  const room = limit.startBytes - offsetBytes;
  if (lengthBytes !== undefined && lengthBytes > room) {
    throw runningInto(limit, offsetBytes, lengthBytes, options.length === undefined ? ['from'] : ['length']);
  }
  const over = isTold ? all : [];
  const endBytes = offsetBytes + (lengthBytes ?? room);
  const name = options.from;
  return { from, name, target, offsetBytes, skipBytes, lengthBytes, isKnown, limit, over, endBytes };
}

/** @throws JobMistake for a volume that holds what bytes from outside would destroy */
function writable(options: Options, world: World): Volume {
  const at = ['to'];
  const target = world.volume(options.to, at);
  const { disk, number, filesystem } = target;
  if (disk.partitions.find((partition) => partition.number === number)?.kind === 'extended') {
    throw new JobMistake(
      at,
      `${quoted(options.to)} is the extended partition, which holds the logical ones`,
      'write to one of those, or to the disk',
    );
  }
  if (filesystem === undefined || options['over-filesystem'] === true) return target;
  throw new JobMistake(
    at,
    `${quoted(options.to)} has a filesystem, which bytes in the wrong place destroy`,
    'add over-filesystem = true if they are meant to go there',
  );
}

/** What is taken out of the file, as far as that is known before the build. */
function wanted(options: Options, world: World) {
  const from = hostInput(world, options.from, ['from']);
  const skipBytes = parseBytes(options.skip ?? 0, ['skip']);
  const length = options.length === undefined ? undefined : parseBytes(options.length, ['length']);
  if (length === 0) throw new JobMistake(['length'], 'nothing would be written, because the length is 0', 'write more');
  const fileBytes = from.kind === 'source' ? world.sourceBytes(from.source, ['from']) : undefined;
  if (fileBytes === undefined) return { from, skipBytes, lengthBytes: length, isKnown: false };
  const leftBytes = fileBytes - skipBytes;
  const has = `${quoted(options.from)} has ${sizeText(fileBytes)}`;
  if (leftBytes <= 0) {
    throw new JobMistake(
      skipBytes === 0 ? ['from'] : ['skip'],
      skipBytes === 0 ? `${quoted(options.from)} is empty` : `nothing is left to write, because ${has}`,
      skipBytes === 0 ? 'name another file' : 'skip less',
    );
  }
  if (length !== undefined && length > leftBytes) {
    throw new JobMistake(
      ['length'],
      `${sizeText(length)} cannot be written, because ${has}${skipBytes === 0 ? '' : `, of which ${sizeText(skipBytes)} are skipped`}`,
      `write ${leftBytes} or less`,
    );
  }
  return { from, skipBytes, lengthBytes: length ?? leftBytes, isKnown: true };
}

/** The disk afterwards: what is not blank any more. */
function written({ disk, number }: Volume, offsetBytes: number, endBytes: number): Disk {
  const base = disk.partitions.find((partition) => partition.number === number)?.startBytes ?? 0;
  const range = { startBytes: base + offsetBytes, endBytes: base + endBytes };
  return { ...disk, written: [...(disk.written ?? []), range] };
}
