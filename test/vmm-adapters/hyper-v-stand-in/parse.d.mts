// Types of parse.mjs.
export type Value =
  | { readonly kind: 'switch' }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly texts: readonly string[] }
  | { readonly kind: 'call'; readonly call: Call };

export interface Call {
  readonly cmdlet: string;
  readonly parameters: readonly { readonly name: string; readonly value: Value }[];
}

/** @throws Error for everything that is not one call a line */
export function parse(text: string): readonly Call[];
