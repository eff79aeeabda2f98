// vm-builder's jobs about files and commands: what each becomes.
import { algorithmOf } from './amounts.ts';
import {
  carry,
  carryName,
  carryRequired,
  diskName,
  type JobInHand,
  placeOf,
  plainPath,
  type Rule,
  set,
  sourceOf,
  volumeOf,
} from './job-in-hand.ts';

// vm-builder's reference could be read up to fetch. For the jobs behind it these are the words that its own attributes and ours
// suggest; any other one is a mistake with its place, never dropped.
const from = ['source', 'from', 'src'] as const;
const to = ['destination', 'to', 'dest', 'target', 'path'] as const;

export const fileJobs: Readonly<Record<string, Rule>> = {
  fetch: (job) => {
    carryRequired(job, 'url', 'url');
    const path = job.attributes.require('path');
    if (path !== undefined) fetchedAs(job, path.value, path);
    const retry = job.attributes.take('retry');
    if (retry !== undefined) retries(job, retry);
    const hash = job.attributes.take('hash');
    const algorithm = algorithmOf(job.attributes.take('hash-algorithm'), job.attributes);
    if (hash !== undefined && hash.value.trim() !== '') set(job, algorithm ?? 'sha256', hash.value.trim(), hash);
  },
  'tar-in': (job) => {
    sourceOf(job, 'from', ...from, 'path');
    placeOf(job, 'to', 'destination', 'to', 'dest', 'target');
  },
  'tar-out': (job) => {
    placeOf(job, 'from', ...from);
    carryName(job, 'as', undefined, ...to, 'as');
  },
  'copy-in': (job) => {
    sourceOf(job, 'from', ...from, 'path');
    placeOf(job, 'to', 'destination', 'to', 'dest', 'target');
    carry(job, 'mode', 'mode');
    carry(job, 'owner', 'owner');
  },
  'copy-out': (job) => {
    placeOf(job, 'from', ...from);
    carryName(job, 'as', undefined, ...to, 'as');
  },
  remove: (job) => placeOf(job, 'what', 'path', 'what', 'target'),
  run: (job) => runCommand(job),
  hash: (job) => {
    const path = job.attributes.take('path', 'of');
    const volume = volumeOf(job);
    if (volume !== undefined)
      set(job, 'of', path === undefined ? volume : `${volume}:${path.value}`, path ?? job.attributes.element);
    const algorithm = job.attributes.take('hash-algorithm', 'algorithm');
    const name = algorithmOf(algorithm, job.attributes);
    if (algorithm !== undefined && name !== undefined) set(job, 'algorithm', name, algorithm);
    const expected = job.attributes.take('hash', 'expect');
    if (expected !== undefined && expected.value.trim() !== '') set(job, 'expect', expected.value.trim(), expected);
  },
  diff: (job) => {
    const { exported } = job.soFar;
    if (exported === undefined) {
      job.attributes.problem(job.attributes.element, 'there is nothing to compare yet', 'put an <export> before it');
      return;
    }
    set(job, 'of', `artifact:${exported}`, job.attributes.element);
    carry(job, 'against', 'against');
    carryName(job, 'as', `${exported}.diff`, 'path', 'as');
  },
};

/** The file gets a name, by which later jobs take it when they name its path. */
function fetchedAs(job: JobInHand, text: string, at: Parameters<typeof set>[3]): void {
  const { fetched } = job.soFar;
  const path = plainPath(text);
  const base = (path.split('/').at(-1) ?? '')
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 50);
  const taken = new Set(fetched.values());
  let name = base === '' ? 'file' : base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
  fetched.set(path, name);
  if (name !== text)
    job.entry.comments.push(`path was ${JSON.stringify(text)}: other jobs take the file as "fetched:${name}"`);
  set(job, 'as', name, at);
}

function retries(
  job: JobInHand,
  retry: { readonly value: string; readonly place: Parameters<typeof set>[3]['place'] },
): void {
  if (/^[0-9]{1,9}$/.test(retry.value.trim())) set(job, 'retry', Number(retry.value), retry);
  else
    job.attributes.problem(
      { ...retry, name: 'retry' },
      `${JSON.stringify(retry.value)} is no whole number`,
      'write one',
    );
}

/** The command stands in an attribute or is the element's text. */
function runCommand(job: JobInHand): void {
  const { attributes } = job;
  const { element } = attributes;
  const command = attributes.take('command', 'cmd', 'script');
  const text = element.text.trim();
  if (command !== undefined && text !== '') {
    attributes.problem(command, 'there is a text in <run> as well', 'keep one of them');
  } else if (command !== undefined) set(job, 'command', command.value, command);
  else if (text !== '') set(job, 'command', text, element);
  else
    attributes.problem(
      element,
      'there is no command',
      'write it between <run> and </run>, or in the attribute "command"',
    );
  const machine = attributes.take('vm', 'in');
  const where = machine?.value.trim();
  if (machine !== undefined && (where === 'target-vm' || where === 'target')) {
    set(job, 'in', 'target', machine);
    set(job, 'disk', diskName, machine);
  } else if (machine !== undefined && where !== 'build-vm' && where !== 'build') {
    attributes.problem(machine, `${JSON.stringify(machine.value)} is no machine`, 'write build-vm or target-vm');
  }
  if (attributes.element.attributes.some(({ name }) => name === 'partition')) {
    const volume = volumeOf(job);
    if (volume !== undefined) set(job, 'mount', { '/mnt': volume }, element);
  }
}
