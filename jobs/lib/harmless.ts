// Makes text of unknown origin harmless on a terminal: what would move the cursor or hide text becomes visible.

// C0 and C1 controls (0x9b alone begins an escape sequence), the line separators, and the characters that turn the
// direction of text around (Unicode TR9), with which a line can be made to read as another one.
const harmful = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** One line: control characters become \x1b, \u202e and the like. */
export function harmless(text: string): string {
  return text.replace(harmful, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}
