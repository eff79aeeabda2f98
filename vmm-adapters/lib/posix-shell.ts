// The quoting template for POSIX shells on other machines: whatever stands in a hole arrives as it was.

/** Holes: a text becomes one word, a list becomes its words. The rest of the template is the script. */
export function posix(parts: TemplateStringsArray, ...holes: readonly (string | readonly string[])[]): string {
  const words = holes.map((hole) => (typeof hole === 'string' ? quoted(hole) : hole.map(quoted).join(' ')));
  return parts.map((part, index) => part + (words[index] ?? '')).join('');
}

function quoted(text: string): string {
  if (text.includes('\0')) throw new Error('Internal error: no word of a command line can hold a zero byte');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
