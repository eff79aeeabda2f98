// Names a value of a build file in words: "job 3 (format): type", "machine.memory".

type Path = readonly (string | number)[];

/** `path` from the file's top; `use` names the job where it is known. */
export function whereOf(path: Path, use?: string): string {
  const [first, index, ...rest] = path;
  if (first !== 'job' || typeof index !== 'number') return keysText(path);
  const job = use === undefined ? `job ${index + 1}` : `job ${index + 1} (${use})`;
  return rest.length === 0 ? job : `${job}: ${keysText(rest)}`;
}

/** Keys with dots in between as TOML writes them; items of lists counted from 1, as people count. */
function keysText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += ` item ${part + 1}`;
    else text += `${text === '' ? '' : '.'}${/^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part)}`;
  }
  return text.trimStart();
}
