// What a build file may say outside its jobs' own options, as one JSON Schema: checked when read, shown to editors.
import { type Static, Type } from '../../jobs/lib/schema.ts';
import { longestPlainName, plainNamePattern, plainNameSays } from '../plain-name.ts';
import { extendsSchema } from './build-reference.ts';
import { sourceSchema } from './source-schema.ts';
import { variableName } from './variables.ts';

const size = (description: string, otherwise?: string) =>
  Type.String({ description, examples: ['512MiB'], ...(otherwise === undefined ? {} : { default: otherwise }) });

const machineSchema = Type.Object(
  {
    memory: Type.Optional(size('Memory of the build-VM, in KiB, MiB or GiB', '512MiB')),
    cpus: Type.Optional(
      Type.Integer({ description: 'Processors of the build-VM', minimum: 1, maximum: 64, default: 1 }),
    ),
    scratch: Type.Optional(size('Size of a disk for /tmp, fresh in each step; without it /tmp lies in memory')),
  },
  {
    additionalProperties: false,
    description:
      'The machine that carries out the steps. Results never depend on it, so it is not part of fingerprints.',
  },
);

export const buildFileSchema = Type.Object(
  {
    name: Type.String({
      description: `Name of the build: ${plainNameSays}`,
      pattern: plainNamePattern,
      maxLength: longestPlainName,
      examples: ['hello'],
    }),
    version: Type.String({
      description: `Version of the build: ${plainNameSays}`,
      pattern: plainNamePattern,
      maxLength: longestPlainName,
      examples: ['1'],
    }),
    arch: Type.Enum(['x86_64', 'i686'], { description: 'Architecture of what is built', examples: ['x86_64'] }),
    summary: Type.String({
      description: 'What the build makes, in one line',
      pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
      minLength: 1,
      maxLength: 200,
      examples: ['A disk with a greeting'],
    }),
    // A date is no JSON value: `epochOf` checks it, and the editor's schema describes it in a way of its own.
    extends: Type.Optional(extendsSchema),
    epoch: Type.Optional(
      Type.Unknown({
        description:
          'The build’s clock, a date and time in UTC. Otherwise SOURCE_DATE_EPOCH of the environment, otherwise 2026-01-01T00:00:00Z.',
      }),
    ),
    machine: Type.Optional(machineSchema),
    vars: Type.Optional(
      Type.Record(Type.String({ pattern: `^${variableName}$` }), Type.String(), {
        additionalProperties: false,
        description:
          'Texts that ${name} stands for in the jobs’ options; `--var name=value` replaces one. $${ is ${ itself.',
      }),
    ),
    source: Type.Optional(sourceSchema),
    matrix: Type.Optional(
      Type.Record(
        Type.String({ pattern: `^${variableName}$` }),
        Type.Union([
          Type.Array(Type.String(), { minItems: 1, uniqueItems: true, description: 'a list of texts' }),
          Type.String({ description: 'for `files`, a pattern such as "vars/*.env"' }),
        ]),
        {
          additionalProperties: false,
          minProperties: 1,
          description:
            'One image for each value of a variable, `flavour = ["small", "large"]`, or for each file of variables, `files = "vars/*.env"`; of several, for each combination',
          examples: [{ flavour: ['small', 'large'] }],
        },
      ),
    ),
    job: Type.Array(
      Type.Object({
        use: Type.String({ description: 'Name of the job', examples: ['format'] }),
        id: Type.Optional(
          Type.String({
            description: `Name of this entry, unique in the file: ${plainNameSays}`,
            pattern: plainNamePattern,
          }),
        ),
      }),
      { description: 'The jobs, in the order in which they are done, each under a [[job]]', minItems: 1 },
    ),
  },
  { additionalProperties: false },
);

export type BuildFileText = Static<typeof buildFileSchema>;
