// Where bytes for a build come from, as a build file writes it: "files/motd", "vmb:busybox", "artifact:hello.efi", "fetched:root".

export type Source =
  /** A path in the build folder. The runner resolves it and refuses what leads out of the folder. */
  | { readonly kind: 'file'; readonly path: string }
  /** A program that vmb brings along for the build's arch, never out of the running build-VM. */
  | { readonly kind: 'vmb'; readonly name: string }
  /** What an earlier step of this build made. */
  | { readonly kind: 'artifact'; readonly name: string }
  /** What the last successful build of the same name, version and arch handed out; only `diff` asks for that. */
  | { readonly kind: 'previous'; readonly name: string }
  /** What an earlier fetch of this build is for. */
  | { readonly kind: 'fetched'; readonly name: string };

/** Reads a source; any text is one, whether it exists is found out by the runner when it plans. */
export function parseSource(text: string): Source {
  const colon = text.indexOf(':');
  const scheme = text.slice(0, Math.max(colon, 0));
  const rest = text.slice(colon + 1);
  if (scheme === 'vmb') return { kind: 'vmb', name: rest };
  if (scheme === 'artifact') return { kind: 'artifact', name: rest };
  if (scheme === 'fetched') return { kind: 'fetched', name: rest };
  return { kind: 'file', path: text };
}
