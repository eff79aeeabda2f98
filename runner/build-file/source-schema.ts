// `[source]`: the build whose disks this one begins with, as a build file names it.
import { Type } from '../../jobs/lib/schema.ts';
import { buildNameSchema, whichBuild } from './build-reference.ts';

export const sourceSchema = Type.Object(
  {
    name: buildNameSchema,
    ...whichBuild,
    variant: Type.Optional(
      Type.String({ description: 'Which image of its matrix, as --only names it', examples: ['small'] }),
    ),
    artifact: Type.Optional(
      Type.String({
        description: 'Which of its exported disks. All of them unless given',
        examples: ['base.img'],
      }),
    ),
    disk: Type.Optional(
      Type.String({
        description: 'What the disk is called here. As there unless given',
        pattern: '^(?!(vmb|artifact)$)(?!.*-part[0-9]+$)[a-z][a-z0-9-]{0,31}$',
        examples: ['main'],
      }),
    ),
    hash: Type.Optional(
      Type.String({
        description: 'SHA-256 or SHA-512 that the artifact must have, in hexadecimal digits. Not checked unless given',
        pattern: '^([0-9a-fA-F]{64}|[0-9a-fA-F]{128})$',
        examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Build whose exported disks this one begins with; it is built first where that is needed',
  },
);
