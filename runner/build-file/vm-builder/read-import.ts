// Reads an import.xml of vm-builder: which folders are repositories, and under which names.
import { quoted } from '../../printable.ts';
import type { Place } from '../places.ts';
import { readXml, type XmlElement } from '../xml.ts';
import { attributesOf, type Problem } from './entry.ts';

export interface ImportedFolder {
  /** As it stands there: from the folder of the import.xml. */
  readonly path: string;
  /** Undefined: the folder's own. */
  readonly name: string | undefined;
  readonly place: Place;
}

export type ImportRead =
  | { readonly ok: true; readonly folders: readonly ImportedFolder[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What vm-builder calls the list of repositories. */
export const importName = 'import.xml';

/** Elements with a `path`, whatever they are called; what else they say is refused, because nothing would follow from it. */
export function readImport(text: string): ImportRead {
  const xml = readXml(text);
  if (!xml.ok) {
    const { place, what, remedy } = xml;
    return { ok: false, problems: [{ place, where: '', what, remedy }] };
  }
  const problems: Problem[] = [];
  const folders = foldersIn(xml.root, problems);
  if (folders.length === 0 && problems.length === 0) {
    const what = 'no element here has the attribute "path", so that there is nothing to import';
    problems.push({ place: xml.root.place, where: xml.root.name, what, remedy: 'name a folder' });
  }
  return problems.length === 0 ? { ok: true, folders } : { ok: false, problems };
}

function foldersIn(element: XmlElement, problems: Problem[]): ImportedFolder[] {
  const attributes = attributesOf({ ...element, children: [] }, problems);
  const name = attributes.take('name')?.value;
  const path = attributes.take('path');
  for (const key of ['url', 'uri', 'git']) {
    const found = attributes.take(key);
    if (found === undefined || found.value === '') continue;
    const what = `${quoted(found.value)} is elsewhere, and vmb imports folders of this machine only`;
    attributes.problem(found, what, 'fetch it yourself, and name the folder in "path"');
  }
  attributes.finish();
  const own = path === undefined || path.value === '' ? [] : [{ path: path.value, name, place: path.place }];
  return [...own, ...element.children.flatMap((child) => foldersIn(child, problems))];
}
