// Turns a build.xml of vm-builder into the table that a build.toml would give, every value with its place in the XML. Pure.
import { quoted } from '../../printable.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Place } from '../places.ts';
import type { XmlElement } from '../xml.ts';
import { algorithmOf, archOf } from './amounts.ts';
import { diskJobs } from './disk-jobs.ts';
import { type Attributes, attributesOf, type Carried, type Entry, literal, type Problem } from './entry.ts';
import { fileJobs } from './file-jobs.ts';
import { diskName, type SoFar } from './job-in-hand.ts';

export interface Converted {
  /** Keys at the top, in the order in which they are printed. */
  readonly top: ReadonlyMap<string, Carried>;
  /** Lines for people, above everything. */
  readonly comments: readonly string[];
  /** Of `[source]`; empty when there is none. */
  readonly source: ReadonlyMap<string, Carried>;
  readonly jobs: readonly Entry[];
  readonly place: Place;
  readonly problems: readonly Problem[];
}

const rules = new Map([...Object.entries(diskJobs), ...Object.entries(fileJobs)]);
const machines = ['build-vm', 'source-vm', 'target-vm'];

/** @param root whatever it is called: what is in it tells that it is a build of vm-builder */
export function convert(root: XmlElement): Converted {
  const problems: Problem[] = [];
  const top = new Map<string, Carried>();
  const comments = ['Made from a build.xml of vm-builder by `vmb convert`.'];
  const one = (name: string) => single(root, name, problems);
  attributesOf({ ...root, children: [] }, problems).finish();
  for (const child of root.children) {
    if (machines.includes(child.name) || child.name === 'jobs') continue;
    const known = [...machines, 'jobs'];
    const what = `vmb has nothing for the element <${child.name}> here${didYouMean(child.name, known)}`;
    problems.push({ place: child.place, where: root.name, what, remedy: `use one of: ${known.join(', ')}` });
  }
  const target = one('target-vm');
  if (target === undefined) missing(root, 'target-vm', problems);
  else readTarget(target, top, problems);
  readBuildVm(one('build-vm'), comments, problems);
  const source = readSource(one('source-vm'), problems);
  const jobs = one('jobs');
  if (jobs === undefined) missing(root, 'jobs', problems);
  const entries = jobs === undefined ? [] : readJobs(jobs, target, problems);
  return { top, comments, source, jobs: entries, place: root.place, problems };
}

function single(root: XmlElement, name: string, problems: Problem[]): XmlElement | undefined {
  const [first, ...others] = root.children.filter((child) => child.name === name);
  for (const { place } of others) {
    problems.push({ place, where: name, what: `there is a <${name}> already`, remedy: 'keep one of them' });
  }
  return first;
}

function missing(root: XmlElement, name: string, problems: Problem[]): void {
  const what = `the element <${name}> is missing`;
  problems.push({ place: root.place, where: root.name, what, remedy: `add it to <${root.name}>` });
}

function readTarget(element: XmlElement, top: Map<string, Carried>, problems: Problem[]): void {
  const attributes = attributesOf(element, problems);
  const [name, version, arch] = ['name', 'version', 'arch'].map((key) => attributes.require(key));
  if (name !== undefined) top.set('name', { value: name.value, place: name.place });
  if (version !== undefined) top.set('version', { value: version.value, place: version.place });
  const known = arch && archOf(arch, attributes);
  if (arch !== undefined && known !== undefined) top.set('arch', { value: known, place: arch.place });
  const summary = `${name?.value ?? 'A disk'}, from a build.xml of vm-builder`;
  top.set('summary', { value: summary.slice(0, 200), place: element.place });
  noDigest(
    attributes,
    'the image that vmb builds has other bytes than that of vm-builder, because other programs make it',
  );
  attributes.finish();
}

/** vmb has a build-VM of its own; which one it was stays as a comment. */
function readBuildVm(element: XmlElement | undefined, comments: string[], problems: Problem[]): void {
  if (element === undefined) return;
  const attributes = attributesOf(element, problems);
  const words = ['name', 'version', 'arch'].flatMap((key) => attributes.take(key)?.value ?? []);
  attributes.take('hash-algorithm');
  attributes.take('hash');
  comments.push(`build-vm was ${words.join(' ')}: vmb brings a build-VM of its own.`);
  attributes.finish();
}

/** The build whose image this one begins with: its disk is `main`, as here. */
function readSource(element: XmlElement | undefined, problems: Problem[]): ReadonlyMap<string, Carried> {
  const source = new Map<string, Carried>();
  if (element === undefined || element.attributes.every(({ value }) => value.trim() === '')) return source;
  const attributes = attributesOf(element, problems);
  const name = attributes.require('name');
  if (name !== undefined) source.set('name', { value: name.value, place: name.place });
  const version = attributes.take('version');
  if (version !== undefined && version.value !== '')
    source.set('version', { value: version.value, place: version.place });
  const arch = attributes.take('arch');
  const known = arch && archOf(arch, attributes);
  if (arch !== undefined && known !== undefined) source.set('arch', { value: known, place: arch.place });
  source.set('disk', { value: diskName, place: element.place });
  algorithmOf(attributes.take('hash-algorithm'), attributes);
  const hash = attributes.take('hash');
  if (hash !== undefined && hash.value.trim() !== '')
    source.set('hash', { value: hash.value.trim(), place: hash.place });
  attributes.finish();
  return source;
}

function noDigest(attributes: Attributes, because: string): void {
  attributes.take('hash-algorithm');
  const hash = attributes.take('hash');
  if (hash === undefined || hash.value.trim() === '') return;
  attributes.problem(
    hash,
    `this digest cannot come true, because ${because}`,
    'leave it empty; the record of a build names the digest',
  );
}

function readJobs(jobs: XmlElement, target: XmlElement | undefined, problems: Problem[]): Entry[] {
  const soFar: SoFar = { label: undefined, fetched: new Map(), exported: undefined };
  attributesOf({ ...jobs, children: [] }, problems).finish();
  const entries = jobs.children.flatMap((element) => readJob(element, soFar, problems));
  if (entries.some(({ values }) => values.get('use')?.value === 'export')) return entries;
  return [...entries, finalExport(target ?? jobs)];
}

function readJob(element: XmlElement, soFar: SoFar, problems: Problem[]): Entry[] {
  const rule = rules.get(element.name);
  if (rule === undefined) {
    const names = [...rules.keys()].sort();
    const what = `vmb has no job for <${element.name}>${didYouMean(element.name, names)}`;
    problems.push({ place: element.place, where: 'jobs', what, remedy: `use one of: ${names.join(', ')}` });
    return [];
  }
  const entry: Entry = {
    place: element.place,
    values: new Map([['use', { value: element.name, place: element.place }]]),
    comments: [],
  };
  const attributes = attributesOf(element, problems);
  rule({ attributes, entry, soFar });
  attributes.finish();
  return [entry];
}

/** vm-builder keeps the disk as the result of every build; vmb hands out what is asked for. */
function finalExport(at: XmlElement): Entry {
  const { place } = at;
  const word = (key: string) => at.attributes.find(({ name }) => name === key)?.value ?? '';
  const name = [word('name'), word('version')].filter((part) => part !== '').join('-');
  const values: [string, unknown][] = [
    ['use', 'export'],
    ['disk', diskName],
    ['as', literal(`${name === '' ? diskName : name}.img`)],
  ];
  return {
    place,
    values: new Map(values.map(([key, value]) => [key, { value, place }])),
    comments: [`vm-builder keeps the disk of ${quoted(word('name'))} without being told`],
  };
}
