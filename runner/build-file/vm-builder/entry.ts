// One element of a build.xml while it becomes a [[job]]: values with their places, what was renamed, and what cannot be carried over.
import { quoted } from '../../printable.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Place } from '../places.ts';
import type { XmlAttribute, XmlElement } from '../xml.ts';

/** What cannot be carried over. */
export interface Problem {
  readonly place: Place;
  /** "format: type" */
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
}

/** A value of the build file, and where in the XML it comes from. */
export interface Carried {
  readonly value: unknown;
  readonly place: Place;
}

/** A [[job]] in the making. */
export interface Entry {
  readonly place: Place;
  /** In the order in which they are printed; `use` is the first. */
  readonly values: Map<string, Carried>;
  /** For people who compare: lines above the [[job]]. */
  readonly comments: string[];
}

/** Reads an element's attributes, each once; what was not read is a problem in the end. */
export interface Attributes {
  readonly element: XmlElement;
  /** The first of these names that is there. A second one is a problem. */
  take(...names: readonly string[]): XmlAttribute | undefined;
  /** The same; missing is a problem. */
  require(...names: readonly string[]): XmlAttribute | undefined;
  problem(at: { readonly place: Place; readonly name?: string }, what: string, remedy: string): void;
  /** Reports what nobody asked for. */
  finish(): void;
}

export function attributesOf(element: XmlElement, problems: Problem[]): Attributes {
  const left = new Map(element.attributes.map((attribute) => [attribute.name, attribute]));
  const asked: string[] = [];
  const problem: Attributes['problem'] = ({ place, name }, what, remedy) => {
    const isOwn = name === undefined || name === element.name;
    problems.push({ place, where: isOwn ? element.name : `${element.name}: ${name}`, what, remedy });
  };
  const take: Attributes['take'] = (...names) => {
    asked.push(...names);
    const [found, ...others] = names.flatMap((name) => left.get(name) ?? []);
    for (const name of names) left.delete(name);
    for (const other of others) problem(other, `${quoted(found?.name)} says the same already`, 'remove one of them');
    return found;
  };
  return {
    element,
    take,
    problem,
    require(...names) {
      const found = take(...names);
      if (found === undefined) {
        problem(element, `the attribute ${quoted(names[0])} is missing`, `add it to <${element.name}>`);
      }
      return found;
    },
    finish() {
      for (const attribute of left.values()) {
        const what = `vmb has nothing for the attribute ${quoted(attribute.name)}${didYouMean(attribute.name, asked)}`;
        const known = asked.length === 0 ? 'remove it' : `use one of: ${asked.join(', ')}`;
        problem(attribute, what, known);
      }
      for (const child of element.children) {
        problem(child, `vmb has nothing for the element <${child.name}> here`, 'remove it');
      }
    },
  };
}

/** `${` means a variable to vmb, and nothing to vm-builder. */
export function literal(text: string): string {
  return text.replaceAll('${', () => '$${');
}
