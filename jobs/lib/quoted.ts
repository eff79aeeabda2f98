// How a text of the build file stands in a message: in quotes, on one line, whatever it holds.

export function quoted(text: string): string {
  return JSON.stringify(text);
}
