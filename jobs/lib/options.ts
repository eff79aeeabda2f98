// Parts of schemas that several jobs share, so that a volume or a place is described and checked in one way.
import { Type } from './schema.ts';

/** No NUL: nothing that a guest is given can hold one. */
const noNul = '^[^\\u0000]*$';
const printableName = '^[^./\\u0000-\\u001f\\u007f][^/\\u0000-\\u001f\\u007f]*$';

/** Any text; empty only where `examples` says nothing against it. */
export function text(description: string, example: string) {
  return Type.String({ description, examples: [example], pattern: noNul });
}

export function diskName(description: string) {
  return Type.String({ description, examples: ['main'], minLength: 1, pattern: noNul });
}

export function volume(description: string) {
  return Type.String({ description: `${description}: a disk, or a partition`, examples: ['main:1'], pattern: noNul });
}

export function place(description: string, example: string) {
  return Type.String({ description, examples: [example], pattern: noNul });
}

export function source(description: string, example: string) {
  return Type.String({
    description: `${description}: a path in the build folder, vmb:NAME, artifact:NAME or fetched:NAME`,
    examples: [example],
    minLength: 1,
    pattern: noNul,
  });
}

export function size(description: string, example: string) {
  return Type.String({ description: `${description}, in KiB, MiB, GiB or TiB`, examples: [example], pattern: noNul });
}

/** Name of an artifact: a plain file name. */
export function artifactName(description: string, example: string) {
  return Type.String({
    description: `${description}: a plain file name, without slashes or a dot in front`,
    examples: [example],
    pattern: printableName,
  });
}
