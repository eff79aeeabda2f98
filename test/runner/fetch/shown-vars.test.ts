// Variables in secret parts of addresses are shown nowhere, as they are written and as they are meant.
import { expect, test } from 'vitest';
import { parseFetchUrl } from '../../../jobs/lib/fetch-url.ts';
import { shownVars } from '../../../runner/fetch/shown-vars.ts';

const shown = (url: string, vars: Record<string, string>) => {
  const urls = [parseFetchUrl(url, [])];
  const wish = { kind: 'file', urls, digest: undefined, fileName: 'x', mostBytes: 1, retries: 0, at: [] } as const;
  const steps = [{ kind: 'fetch', wish }];
  // The rest of a plan is not looked at.
  return Reflect.apply(shownVars, undefined, [{ buildFile: { vars: new Map(Object.entries(vars)) }, steps }]);
};

test.each([
  ['https://user:p%40ssword@host/x', 'p%40ssword'],
  ['https://user:p%40ssword@host/x', 'p@ssword'],
  ['https://us%3Aer:password@host/x', 'us%3Aer'],
  ['https://host/x?token=a%20b%20c', 'a%20b%20c'],
  ['https://host/x?token=a%20b%20c', 'a b c'],
])('of %s: %s', (url, value) => {
  expect(shown(url, { secret: value, path: 'host/x', broken: '%zz%zz' })).toEqual({
    secret: '…',
    path: 'host/x',
    broken: '%zz%zz',
  });
});
