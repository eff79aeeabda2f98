// Disks that tests of jobs plan with.
import { job as createDisk } from '../../jobs/create-disk.ts';
import { job as format } from '../../jobs/format.ts';
import { job as label } from '../../jobs/label.ts';
import { job as partition } from '../../jobs/partition.ts';
import type { Entry } from './planning.ts';

export const blank: readonly Entry[] = [[createDisk, { disk: 'main', size: '128MiB' }]];
export const gpt: readonly Entry[] = [...blank, [label, { disk: 'main', type: 'gpt' }]];
export const msdos: readonly Entry[] = [...blank, [label, { disk: 'main', type: 'msdos' }]];
/** main:1 is an ESP of 40 MiB, main:2 takes the rest. */
export const twoPartitions: readonly Entry[] = [
  ...gpt,
  [partition, { disk: 'main', type: 'esp', size: '40MiB' }],
  [partition, { disk: 'main', size: 'rest' }],
];
/** main:1 is fat32, main:2 ext4. */
export const formatted: readonly Entry[] = [
  ...twoPartitions,
  [format, { volume: 'main:1', type: 'fat32', label: 'ESP' }],
  [format, { volume: 'main:2', type: 'ext4' }],
];
