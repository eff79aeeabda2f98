// JSON Schemas with their static types, and their check: the only file that knows typebox and ajv.
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type Static, type TInteger, type TObject, type TSchema, Type } from 'typebox';

export { type Static, type TInteger, type TObject, type TSchema, Type };

// strictTypes would refuse unions of types in one property, which `owner = "root" | 0` needs.
const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: true, strictTypes: false, allowUnionTypes: true });

/** One thing that is wrong with a value, where `path` leads from the value to the culprit: keys and indices. */
export interface SchemaIssue {
  readonly path: readonly (string | number)[];
  readonly error: ErrorObject;
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

/** Makes a checker for a schema: it returns a copy of the value with defaults filled in, or every issue. Compiles at first use. */
export function checker<S extends TSchema>(schema: S): (value: unknown) => Checked<Static<S>> {
  let validate: ValidateFunction<Static<S>> | undefined;
  return (value) => {
    validate ??= ajv.compile<Static<S>>(schema);
    const copy: unknown = structuredClone(value);
    if (validate(copy)) return { ok: true, value: copy };
    return { ok: false, issues: (validate.errors ?? []).map((error) => ({ path: pathOf(error), error })) };
  };
}

function pathOf(error: ErrorObject): (string | number)[] {
  const parts = error.instancePath.split('/').slice(1);
  return parts.map((part) => {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    return /^(0|[1-9][0-9]*)$/.test(key) ? Number(key) : key;
  });
}
