// Mode, owner and the like of files on their way into a volume.

/** How files from the host are brought in; see copy-in. Octal modes as numbers. */
export interface Attributes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Values in hexadecimal digits. */
  readonly xattrs?: Readonly<Record<string, string>>;
  /** Replace ${name} in file contents by the build's variables. */
  readonly substitute?: boolean;
}
