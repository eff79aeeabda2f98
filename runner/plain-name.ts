// Names that become file and folder names on every host: of builds, versions, repositories.

/** Part of a JSON Schema: no slashes, no dot at either end, no two in a row, no control characters. */
export const plainNamePattern = '^[A-Za-z0-9][A-Za-z0-9+_-]*(\\.[A-Za-z0-9+_-]+)*$';

export const plainNameSays = 'letters, digits, "+", "_" and "-", with single dots in between';

export const longestPlainName = 100;

const pattern = new RegExp(plainNamePattern);

export function isPlainName(text: string): boolean {
  return pattern.test(text) && text.length <= longestPlainName;
}
