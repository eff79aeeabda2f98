// How a build file names another build: "base", "repository/base", or a table that also says version and arch.
import { Type } from '../../jobs/lib/schema.ts';
import { longestPlainName, plainNamePattern, plainNameSays } from '../plain-name.ts';

export interface BuildReference {
  /** Undefined: the repository of the file that names it. */
  readonly repository: string | undefined;
  readonly name: string;
  readonly version: string | undefined;
  readonly arch: string | undefined;
}

const plain = plainNamePattern.slice(1, -1);

export const buildNameSchema = Type.String({
  description: 'a build’s name, or repository/name',
  pattern: `^(${plain}/)?${plain}$`,
  maxLength: 2 * longestPlainName + 1,
  examples: ['base', 'images/base'],
});

/** Which one, where several have the name. */
export const whichBuild = {
  version: Type.Optional(
    Type.String({
      description: `Its version, where there are several: ${plainNameSays}`,
      pattern: plainNamePattern,
      examples: ['1'],
    }),
  ),
  arch: Type.Optional(
    Type.Enum(['x86_64', 'i686'], {
      description: 'Its architecture. That of this build unless given, where there are several',
      examples: ['x86_64'],
    }),
  ),
};

export const extendsSchema = Type.Union(
  [
    buildNameSchema,
    Type.Object(
      { name: buildNameSchema, ...whichBuild },
      { additionalProperties: false, description: 'a table of name, version and arch' },
    ),
  ],
  {
    description: 'Build that this one is made of: what is not said here is as there',
    examples: ['base'],
  },
);

/** The text or table of `extends`, already checked. */
export function buildReference(
  value: string | { readonly name: string; readonly version?: string; readonly arch?: string },
): BuildReference {
  const { name: text, version, arch } = typeof value === 'string' ? { name: value } : value;
  const [first = '', second] = text.split('/');
  const [repository, name] = second === undefined ? [undefined, first] : [first, second];
  return { repository, name, version, arch };
}
