// Reads XML with the place of every element and attribute: the only file that knows saxes. No entities but XML's own five.
import { SaxesParser } from 'saxes';
import type { Place } from './places.ts';

export interface XmlAttribute {
  readonly name: string;
  readonly value: string;
  readonly place: Place;
}

export interface XmlElement {
  readonly name: string;
  readonly place: Place;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** All text directly in it. */
  readonly text: string;
}

export type XmlRead =
  | { readonly ok: true; readonly root: XmlElement }
  | { readonly ok: false; readonly place: Place; readonly what: string; readonly remedy: string };

/** Deeper than any build file; also keeps the parser's time flat, which grows with the square of the depth. */
const deepest = 16;

type Growing = { -readonly [K in keyof XmlElement]: XmlElement[K] } & {
  attributes: XmlAttribute[];
  children: XmlElement[];
};

/** Ends parsing at the first thing that is wrong. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly offset: number;
  readonly remedy: string;

  constructor(offset: number, what: string, remedy: string) {
    super(what);
    this.offset = offset;
    this.remedy = remedy;
  }
}

/** Specification: XML 1.0, without document type declarations. */
export function readXml(source: string): XmlRead {
  // As XML reads line ends, so that offsets are those of the parser.
  const text = source.replace(/\r\n?/g, '\n');
  const placeAt = placeFinder(text);
  try {
    return { ok: true, root: parse(text, placeAt) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, place: placeAt(error.offset), what: error.message, remedy: error.remedy };
  }
}

function parse(text: string, placeAt: (offset: number) => Place): XmlElement {
  const parser = new SaxesParser({ position: true });
  const open: Growing[] = [];
  let root: Growing | undefined;
  let after = 0;
  parser.on('error', ({ message }) => {
    const reason = message.replace(/^\d+:\d+: /, '').replace(/\.$/, '');
    throw new Refusal(Math.max(parser.position - 1, 0), `this is not XML, because of: ${reason}`, 'correct it');
  });
  parser.on('doctype', () => {
    const what = 'a document type declaration stands here, which vmb does not read, because it can define entities';
    throw new Refusal(Math.max(text.lastIndexOf('<!DOCTYPE', parser.position), 0), what, 'remove it');
  });
  parser.on('opentagstart', ({ name }) => {
    const start = Math.max(text.lastIndexOf('<', parser.position - 1), 0);
    if (open.length === deepest) {
      throw new Refusal(
        start,
        `elements stand more than ${deepest} deep in each other, which no build file needs`,
        'simplify it',
      );
    }
    const element: Growing = { name, place: placeAt(start), attributes: [], children: [], text: '' };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
    after = start + 1 + name.length;
  });
  parser.on('attribute', ({ name, value }) => {
    // Between two attributes there is nothing but white space, so the name's next occurrence is its own.
    const start = text.indexOf(name, after);
    open.at(-1)?.attributes.push({ name, value, place: placeAt(start) });
    after = parser.position;
  });
  const addText = (piece: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => void open.pop());
  parser.write(text).close();
  if (root === undefined) throw new Refusal(0, 'there is no element in this file', 'write a build file');
  return root;
}

/** Line and column of an offset, both from 1. */
function placeFinder(text: string): (offset: number) => Place {
  const starts = [0];
  for (let feed = text.indexOf('\n'); feed !== -1; feed = text.indexOf('\n', feed + 1)) starts.push(feed + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
