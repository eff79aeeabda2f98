// A terminal's screen as far as progress displays use one: what a person sees after all the cursor movements.

export interface Screen {
  write(text: string): void;
  /** Lines without colours and trailing spaces. */
  lines(): string[];
}

const sequence = /\u001b\[([?\d;]*)([A-Za-z])|\u001b\].*?\u0007|\r|\n|\u0008|[^\u001b\r\n\u0008]/gsu;

/** @throws for a control sequence that it does not know, so that nothing is overlooked */
export function makeScreen(): Screen {
  const rows: string[][] = [[]];
  let row = 0;
  let column = 0;
  const move = (count: number) => {
    row = Math.max(0, row + count);
    while (rows.length <= row) rows.push([]);
  };
  const control = (parameters: string, letter: string) => {
    const count = Number(parameters === '' ? '1' : parameters);
    if (letter === 'A') move(-count);
    else if (letter === 'B') move(count);
    else if (letter === 'G') column = count - 1;
    else if (letter === 'K') rows[row] = parameters === '2' ? [] : (rows[row] ?? []).slice(0, column);
    else if (letter === 'J') rows.length = row + 1;
    else if (letter !== 'm' && letter !== 'h' && letter !== 'l')
      throw new Error(`unknown sequence ${parameters}${letter}`);
  };
  return {
    write(text) {
      for (const [whole, parameters, letter] of text.matchAll(sequence)) {
        if (letter !== undefined) control(parameters ?? '', letter);
        else if (whole === '\r') column = 0;
        else if (whole === '\n') move(1);
        else {
          const cells = rows[row] ?? [];
          while (cells.length < column) cells.push(' ');
          cells[column++] = whole;
        }
      }
    },
    lines: () => rows.map((cells) => cells.join('').trimEnd()),
  };
}
