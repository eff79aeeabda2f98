// What a step's last frames say, as a result: exit status and the guest's findings become an outcome. Pure.
import { BorderError } from './border-error.ts';
import type { PayloadOut, StepOutcome } from './session.ts';

export interface StepReport {
  readonly outcome: StepOutcome;
  readonly facts: ReadonlyMap<string, string>;
  readonly payloadsOut: readonly PayloadOut[];
}

const findings = ['timeout', 'out-of-memory', 'scratch-full', 'payload-out-full', 'target-full'] as const;
type Finding = (typeof findings)[number];

/**
 * @param status exit status as a shell has it: 128 + signal where a signal ended the script
 * @param text lines of the agent: `fact NAME BASE64`, `out NAME OFFSET LENGTH`, `signal NUMBER`, or a finding
 * @throws BorderError `frame-malformed`
 */
export function readReport(status: number, text: string): StepReport {
  const facts = new Map<string, string>();
  const payloadsOut: PayloadOut[] = [];
  const found = new Set<Finding>();
  let signal: number | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [word = '', name = '', first = '', second = ''] = line.split(' ');
    if (isFinding(line)) found.add(line);
    else if (word === 'fact' && /^[a-z0-9.-]+$/.test(name)) facts.set(name, decodeBase64(first).toString('utf8'));
    else if (word === 'signal') signal = readCount(name, line);
    else if (word === 'out') {
      payloadsOut.push({ name, offsetBytes: readCount(first, line), lengthBytes: readCount(second, line) });
    } else throw malformed(line);
  }
  return { outcome: outcomeOf(status, found, signal), facts, payloadsOut };
}

/** The most telling finding wins; all but the timeout explain a failure and do not make one. */
function outcomeOf(status: number, found: ReadonlySet<Finding>, signal: number | undefined): StepOutcome {
  if (found.has('timeout')) return { kind: 'timeout' };
  if (status === 0) return { kind: 'exit', code: 0 };
  for (const kind of ['out-of-memory', 'scratch-full', 'payload-out-full', 'target-full'] as const) {
    if (found.has(kind)) return { kind, code: status };
  }
  if (signal !== undefined && status === 128 + signal) return { kind: 'signal', signal };
  return { kind: 'exit', code: status };
}

function isFinding(line: string): line is Finding {
  return findings.some((finding) => finding === line);
}

/** A number of the agent's that must be exact. @throws BorderError `frame-malformed` */
export function readCount(text: string, where: string): number {
  const value = Number(text);
  if (!/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(value)) throw malformed(where);
  return value;
}

/** @throws BorderError `frame-malformed` */
export function decodeBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw malformed(text.slice(0, 80));
  return Buffer.from(text, 'base64');
}

export function malformed(what: string): BorderError {
  return new BorderError(
    'frame-malformed',
    `The guest agent sent ${JSON.stringify(what)}, which this vmb does not understand: build-VM and vmb do not fit together. Make the build-VM again with this vmb.`,
  );
}

/** The agent's reason for giving up. `body`: a code and a sentence in base64. */
export function faultOf(body: string): BorderError {
  const [code = '', sentence = ''] = body.split(' ');
  const text = decodeBase64(sentence).toString('utf8');
  switch (code) {
    case 'protocol-version':
      return new BorderError(code, `${text} Make or load the build-VM that belongs to this vmb.`);
    case 'job-disk':
    case 'disk-table':
      return new BorderError(code, `The guest agent refused to begin, and nothing was written. ${text}`);
    default:
      return new BorderError('agent-fault', `The guest agent gave up. ${text}`);
  }
}
