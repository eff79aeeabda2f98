// PowerShell text: whatever a value holds, it is one literal, and a script is the calls that it was made of.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pieces, powershellArguments, ps, textOf } from '../../../vmm-adapters/lib/powershell.ts';
import { parse } from '../hyper-v-stand-in/parse.mjs';

/** Any UTF-16 but NUL, with what PowerShell takes for more than itself in front. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'\'‘’‚‛"$`();|&{}@#,\n\r -<>%'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((char) => char !== '\0'),
  ),
});

function decoded(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf16le');
}

test('any text survives, alone, in a list and in parentheses, up to the command line', () => {
  fc.assert(
    fc.property(anyText, anyText, fc.nat(), (one, two, number) => {
      const inner = ps`Get-VM -Name ${one}`;
      const script = [
        ps`Select-Object -Property ${[one, two]} -InputObject ${inner}`,
        ps`Set-VM -Name ${two} -ProcessorCount ${number} -StaticMemory`,
      ];
      const text = (name: string, value: string) => ({ name, value: { kind: 'text', text: value } });
      const [, , , encoded] = powershellArguments(script);
      expect(parse(decoded(encoded))).toEqual([
        {
          cmdlet: 'Select-Object',
          parameters: [
            { name: 'Property', value: { kind: 'list', texts: [one, two] } },
            {
              name: 'InputObject',
              value: { kind: 'call', call: { cmdlet: 'Get-VM', parameters: [text('Name', one)] } },
            },
          ],
        },
        {
          cmdlet: 'Set-VM',
          parameters: [
            text('Name', two),
            { name: 'ProcessorCount', value: { kind: 'number', number } },
            { name: 'StaticMemory', value: { kind: 'switch' } },
          ],
        },
      ]);
    }),
  );
});

test('quotes are doubled, the curly ones that PowerShell takes for quotes too', () => {
  expect(ps`Get-VM -Name ${"it's $x ‘a’ ‚b‛"}`.text).toBe("Get-VM -Name 'it''s $x ‘‘a’’ ‚‚b‛‛'");
});

test('the command line', () => {
  expect(powershellArguments([ps`Get-VM -Name ${'x'}`])).toEqual([
    '-NoProfile',
    '-NonInteractive',
    '-EncodedCommand',
    'RwBlAHQALQBWAE0AIAAtAE4AYQBtAGUAIAAnAHgAJwA=',
  ]);
});

test.each([
  ['a variable', () => ps`Get-VM -Name $x`],
  ['a pipeline', () => ps`Get-VM | Remove-VM`],
  ['a quote', () => ps`Get-VM -Name '${'x'}'`],
  ['a second statement', () => ps`Get-VM; Remove-VM`],
  [
    'a line break',
    () => ps`Get-VM
    -Name`,
  ],
])('%s cannot stand in a template', (_, make) => {
  expect(make).toThrow('Internal error: only words may stand in ps``');
});

test('what no line can hold is refused', () => {
  expect(() => ps`Get-VM -Name ${'a\0b'}`).toThrow('Internal error: a NUL in a PowerShell literal');
  expect(() => ps`Set-VM -ProcessorCount ${1.5}`).toThrow('Internal error: 1.5 is no whole number');
  expect(() => ps`Set-VM -ProcessorCount ${-1}`).toThrow('Internal error: -1 is no whole number');
});

test('a long script goes in pieces, in order, that each fit on a command line of cmd.exe', () => {
  const script = Array.from({ length: 64 }, (_, index) => ps`Get-VM -Name ${`${index}-${'x'.repeat(100)}`}`);
  const made = pieces(script);
  expect(made.length).toBeGreaterThan(1);
  expect(made.map(textOf).join('\n')).toBe(textOf(script));
  for (const piece of made) expect(powershellArguments(piece).join(' ').length).toBeLessThan(8_100);
});
