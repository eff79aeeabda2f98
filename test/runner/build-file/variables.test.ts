// Variables in texts: what is replaced, what stays, what is wrong.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { replaceVariables } from '../../../runner/build-file/variables.ts';

const vars = new Map([
  ['a', '1'],
  ['b-c_2', '${a}'],
]);

test.each([
  ['no variables', 'no variables'],
  ['${a}', '1'],
  ['x${a}y${a}', 'x1y1'],
  ['${b-c_2}', '${a}'],
  ['$${a}', '${a}'],
  ['$$${a}', '$${a}'],
  ['$a $$ $ {a} $(a)', '$a $$ $ {a} $(a)'],
  ['100$', '100$'],
])('%j becomes %j', (text, expected) => {
  expect(replaceVariables(text, vars)).toMatchObject({ text: expected, problems: [] });
});

test.each([
  ['${z}', { kind: 'undefined', name: 'z' }],
  ['${__proto__}', { kind: 'undefined', name: '__proto__' }],
  ['${}', { kind: 'malformed', text: '${}' }],
  ['${a b}', { kind: 'malformed', text: '${a b}' }],
  ['${a:-x}', { kind: 'malformed', text: '${a:-x}' }],
  ['${a', { kind: 'malformed', text: '${a' }],
  ['${1}', { kind: 'malformed', text: '${1}' }],
])('%j is a problem and stays', (text, problem) => {
  expect(replaceVariables(text, vars)).toMatchObject({ text, problems: [problem] });
});

test('escaping every ${ gives back any text', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('$', '{', '}', 'a', '\n', '${a}', '$${')), (parts) => {
      const text = parts.join('');
      if (text.includes('$${')) return;
      expect(
        replaceVariables(
          text.replaceAll('${', () => '$${'),
          vars,
        ),
      ).toMatchObject({ text, problems: [] });
    }),
  );
});
