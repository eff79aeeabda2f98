// Types of cmdlets.mjs.
export const cmdlets: Readonly<Record<string, { readonly page: string; readonly parameters: string }>>;
