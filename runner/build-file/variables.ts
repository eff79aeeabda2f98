// Variables of a build file: `${name}` in a text stands for its value, `$${` for `${` itself.

/** What is wrong with one `${…}`. */
export type VariableProblem =
  | { readonly kind: 'undefined'; readonly name: string }
  | { readonly kind: 'malformed'; readonly text: string };

export interface Replaced {
  readonly text: string;
  readonly problems: readonly VariableProblem[];
  /** The variables that were replaced. */
  readonly used: readonly string[];
}

/** How a variable may be called; the part of a JSON Schema pattern. */
export const variableName = '[A-Za-z_][A-Za-z0-9_-]*';

const wholeName = new RegExp(`^${variableName}$`);

const variable = /\$\$\{|\$\{([^}]*)(\}?)/g;

/** How long a text would be at most. */
export function replacedLength(text: string, vars: ReadonlyMap<string, string>): number {
  let length = text.length;
  for (const [, name = ''] of text.matchAll(variable)) length += vars.get(name)?.length ?? 0;
  return length;
}

/** Values are put in as they are: what looks like a variable in a value is text. Where there is a problem the text stays. */
export function replaceVariables(text: string, vars: ReadonlyMap<string, string>): Replaced {
  const problems: VariableProblem[] = [];
  const used: string[] = [];
  const replaced = text.replace(variable, (match: string, name: string | undefined, end: string) => {
    if (name === undefined) return '${';
    if (end === '' || !wholeName.test(name)) {
      problems.push({ kind: 'malformed', text: match });
      return match;
    }
    const value = vars.get(name);
    if (value === undefined) problems.push({ kind: 'undefined', name });
    else used.push(name);
    return value ?? match;
  });
  return { text: replaced, problems, used };
}
