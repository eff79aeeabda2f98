// vm-builder's jobs about the disk itself: what each becomes.
import { isRest, sizeOf } from './amounts.ts';
import {
  carry,
  carryFlag,
  carryName,
  carryRequired,
  carrySize,
  type JobInHand,
  onDisk,
  type Rule,
  set,
  volumeOf,
} from './job-in-hand.ts';

const labels: ReadonlyMap<string, 'gpt' | 'msdos'> = new Map([
  ['gpt', 'gpt'],
  ['msdos', 'msdos'],
  ['dos', 'msdos'],
  ['mbr', 'msdos'],
]);

const kinds = ['primary', 'extended', 'logical'];

export const diskJobs: Readonly<Record<string, Rule>> = {
  'create-disk': (job) => {
    onDisk(job);
    carrySize(job, 'size', 'size');
  },
  'resize-disk': (job) => {
    onDisk(job);
    carrySize(job, 'size', 'size');
  },
  label: (job) => {
    onDisk(job);
    const type = job.attributes.require('type');
    if (type === undefined) return;
    const label = labels.get(type.value.trim().toLowerCase());
    job.soFar.label = label;
    // An unknown one goes on as it is: the job says what it knows.
    set(job, 'type', label ?? type.value, type);
  },
  partition: (job) => {
    onDisk(job);
    partitionKind(job);
    const start = job.attributes.take('start');
    const size = job.attributes.take('size');
    if (start !== undefined) partitionStart(job, start);
    const text = size?.value ?? '';
    const rest = isRest(text) ? 'rest' : size && sizeOf(size, job.attributes);
    if (rest !== undefined) set(job, 'size', rest, size ?? job.attributes.element);
    carryFlag(job, 'bootable', 'bootable');
  },
  format: (job) => {
    const volume = volumeOf(job);
    if (volume !== undefined) set(job, 'volume', volume, job.attributes.element);
    const type = job.attributes.require('type');
    if (type !== undefined) formatType(job, type.value.trim().toLowerCase(), type);
    carry(job, 'label', 'label');
    carry(job, 'uuid', 'uuid');
  },
  export: (job) => {
    onDisk(job);
    carryName(job, 'as', undefined, 'path', 'as', 'file', 'destination');
    const format = job.attributes.take('type', 'format');
    if (format !== undefined && format.value !== 'raw') set(job, 'format', format.value, format);
    const name = job.entry.values.get('as')?.value;
    if (typeof name === 'string') job.soFar.exported = name;
  },
  dd: (job) => {
    carryRequired(job, 'from', 'source', 'from', 'if', 'path');
    const volume = volumeOf(job);
    if (volume !== undefined) set(job, 'to', volume, job.attributes.element);
    for (const [key, names] of [
      ['offset', ['offset', 'seek']],
      ['skip', ['skip']],
      ['length', ['length', 'size']],
    ] as const) {
      const found = job.attributes.take(...names);
      if (found === undefined) continue;
      const number = Number(found.value);
      if (/^[0-9]+$/.test(found.value) && Number.isSafeInteger(number)) set(job, key, number, found);
      else
        job.attributes.problem(found, `${JSON.stringify(found.value)} is no number of bytes`, 'write a whole number');
    }
  },
};

/** On gpt all partitions are alike; on msdos vm-builder's word is ours. */
function partitionKind(job: JobInHand): void {
  const type = job.attributes.take('type');
  if (type === undefined) return;
  const kind = type.value.trim().toLowerCase();
  if (!kinds.includes(kind)) {
    const what = `${JSON.stringify(type.value)} is no kind of partition`;
    job.attributes.problem(type, what, `use one of: ${kinds.join(', ')}`);
  } else if (job.soFar.label !== 'gpt') set(job, 'kind', kind, type);
  else if (kind === 'primary') job.entry.comments.push('type was "primary": on gpt all partitions are alike');
  else
    job.attributes.problem(
      type,
      `there is no ${kind} partition on a disk with the label gpt`,
      'write primary, or label it msdos',
    );
}

/** Nothing begins at 0, where the table of partitions is: vm-builder's 0 means "as early as possible". */
function partitionStart(job: JobInHand, start: Parameters<typeof sizeOf>[0]): void {
  if (/^0(%|s|[KMGT](iB)?)?$/i.test(start.value.trim()) || start.value.trim() === '') {
    job.entry.comments.push(`start was ${JSON.stringify(start.value)}: it begins as early as possible, at a whole MiB`);
    return;
  }
  const size = sizeOf(start, job.attributes);
  if (size !== undefined) set(job, 'start', size, start);
}

const renamedTypes: ReadonlyMap<string, string> = new Map([
  ['vfat', 'fat32'],
  ['fat', 'fat32'],
  ['ufs1', 'ufs'],
]);

function formatType(job: JobInHand, type: string, at: Parameters<typeof set>[3]): void {
  const renamed = renamedTypes.get(type);
  if (renamed !== undefined) job.entry.comments.push(`type was ${JSON.stringify(type)}`);
  set(job, 'type', renamed ?? type, at);
}
