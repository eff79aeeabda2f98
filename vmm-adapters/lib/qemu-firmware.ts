// Finds the UEFI firmware for QEMU (OVMF), where distributions put it.

export interface FirmwareFiles {
  /** Read-only, the same for all machines. */
  readonly code: string;
  /** Empty variables, to be copied for each machine. */
  readonly variables: string;
}

/** Without Secure Boot, raw, 64-bit; 4 MiB builds first, as the 2 MiB ones are being dropped. */
const places: readonly FirmwareFiles[] = [
  // Debian, Ubuntu
  { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  { code: '/usr/share/OVMF/OVMF_CODE.fd', variables: '/usr/share/OVMF/OVMF_VARS.fd' },
  // Fedora
  { code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', variables: '/usr/share/edk2/ovmf/OVMF_VARS.fd' },
  // Arch
  { code: '/usr/share/edk2/x64/OVMF_CODE.4m.fd', variables: '/usr/share/edk2/x64/OVMF_VARS.4m.fd' },
  // openSUSE
  { code: '/usr/share/qemu/ovmf-x86_64-code.bin', variables: '/usr/share/qemu/ovmf-x86_64-vars.bin' },
  // QEMU's own builds, Homebrew
  { code: '/usr/share/qemu/edk2-x86_64-code.fd', variables: '/usr/share/qemu/edk2-i386-vars.fd' },
  { code: '/opt/homebrew/share/qemu/edk2-x86_64-code.fd', variables: '/opt/homebrew/share/qemu/edk2-i386-vars.fd' },
  { code: '/usr/local/share/qemu/edk2-x86_64-code.fd', variables: '/usr/local/share/qemu/edk2-i386-vars.fd' },
];

/** The first pair whose files are both there. `exists`: on the machine that QEMU runs on. */
export async function findFirmware(
  exists: (path: string) => Promise<boolean>,
  candidates: readonly FirmwareFiles[] = places,
): Promise<FirmwareFiles | undefined> {
  const found = await Promise.all(
    candidates.map(async ({ code, variables }) => (await exists(code)) && (await exists(variables))),
  );
  return candidates.find((_, index) => found[index]);
}
