// Jobs for tests of build-file reading: every kind of option that a schema can ask for.
import { guestJob, type Job } from '../../../jobs/lib/job.ts';
import { Type } from '../../../jobs/lib/schema.ts';
import { sh } from '../../../jobs/lib/shell.ts';
import type { JobCatalogue } from '../../../runner/build-file/read-jobs.ts';

const closed = { additionalProperties: false };

const jobs: readonly Job[] = [
  guestJob({
    name: 'format',
    summary: 'Make a filesystem on a volume',
    schema: Type.Object(
      {
        volume: Type.String({ description: 'Volume to make a filesystem on', examples: ['main:1'] }),
        type: Type.Enum(['ext4', 'fat32'], { description: 'Filesystem', default: 'ext4' }),
        label: Type.Optional(Type.String({ description: 'Label', maxLength: 16, pattern: '^[A-Za-z0-9 ]*$' })),
      },
      closed,
    ),
    plan: (options) => ({ title: `format ${options.volume}` }),
    script: () => sh`true`,
  }),
  guestJob({
    name: 'run',
    summary: 'Run a command',
    schema: Type.Object(
      {
        command: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
          description: 'Shell text, or a program and its arguments',
        }),
        mount: Type.Optional(
          Type.Record(Type.String({ pattern: '^/' }), Type.String(), {
            additionalProperties: false,
            description: 'Folders and the volumes mounted there',
          }),
        ),
        network: Type.Optional(Type.Union([Type.Literal('none'), Type.Literal('loopback')])),
        retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 3 })),
        privileged: Type.Optional(Type.Boolean()),
      },
      closed,
    ),
    plan: () => ({ title: 'run' }),
    script: () => sh`true`,
  }),
];

export const sampleJobs: JobCatalogue = {
  jobNames: async () => jobs.map((job) => job.name),
  findJob: async (name) => jobs.find((job) => job.name === name),
};
