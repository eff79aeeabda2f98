// Reads PowerShell that keeps vmb's rule: one cmdlet a line, named parameters, values that are literals, numbers or a call in parentheses.
import { PowershellError } from './errors.mjs';

const quote = /['\u2018-\u201b]/;

/** A line feed inside a literal belongs to it; anywhere else it ends the call. */
export function parse(text) {
  const calls = [];
  let at = 0;
  while (at < text.length) {
    const { call, end } = readCall(text, at);
    calls.push(call);
    if (end < text.length && text[end] !== '\n') throw unexpected(text, end);
    at = end + 1;
  }
  return calls;
}

function readCall(text, start) {
  const cmdlet = match(/[A-Z][A-Za-z]*-[A-Z][A-Za-z]*/y, text, start);
  const parameters = [];
  let at = start + cmdlet.length;
  while (text[at] === ' ') {
    const word = match(/-[A-Z][A-Za-z]*/y, text, at + 1);
    at += 1 + word.length;
    const isValue = text[at] === ' ' && text[at + 1] !== '-';
    const { value, end } = isValue ? readValue(text, at + 1) : { value: { kind: 'switch' }, end: at };
    parameters.push({ name: word.slice(1), value });
    at = end;
  }
  return { call: { cmdlet, parameters }, end: at };
}

function readValue(text, start) {
  const first = text[start] ?? '';
  if (first === '(') {
    const { call, end } = readCall(text, start + 1);
    if (text[end] !== ')') throw unexpected(text, end);
    return { value: { kind: 'call', call }, end: end + 1 };
  }
  if (/[0-9]/.test(first)) {
    const digits = match(/[0-9]+/y, text, start);
    return { value: { kind: 'number', number: Number(digits) }, end: start + digits.length };
  }
  const texts = [];
  let { literal, end } = readLiteral(text, start);
  texts.push(literal);
  while (text.startsWith(', ', end)) {
    ({ literal, end } = readLiteral(text, end + 2));
    texts.push(literal);
  }
  return { value: texts.length === 1 ? { kind: 'text', text: texts[0] } : { kind: 'list', texts }, end };
}

/** Any of the five single quotes opens and closes a literal; two of them side by side mean the second one. */
function readLiteral(text, start) {
  if (!quote.test(text[start] ?? '')) throw unexpected(text, start);
  let literal = '';
  let at = start + 1;
  for (;;) {
    if (at >= text.length)
      throw new PowershellError(
        'ParserError',
        'TerminatorExpectedAtEndOfString',
        "The string is missing the terminator: '.",
      );
    if (quote.test(text[at])) {
      if (!quote.test(text[at + 1] ?? '')) return { literal, end: at + 1 };
      at += 1;
    }
    literal += text[at];
    at += 1;
  }
}

function match(pattern, text, start) {
  pattern.lastIndex = start;
  const found = pattern.exec(text)?.[0];
  if (found === undefined) throw unexpected(text, start);
  return found;
}

function unexpected(text, at) {
  return new PowershellError(
    'ParserError',
    'UnexpectedToken',
    `Unexpected token in expression or statement: ${JSON.stringify(text.slice(at, at + 40))}`,
  );
}
