// The parts of a running v86 that its types leave out, each looked for before it is used.

export interface V86Internals {
  /** Bytes that the guest has not taken from the first serial port yet. */
  uartWaiting(): number;
  /** v86 would start anew: this happens instead. Called for the keyboard controller's reset line and port 0xcf9. */
  replaceReset(instead: () => void): void;
}

/** @throws Error when this v86 is made otherwise than 0.5.462 */
export function internalsOf(emulator: unknown): V86Internals {
  const cpu = part(part(emulator, 'v86'), 'cpu');
  const input = part(part(part(cpu, 'devices'), 'uart0'), 'input');
  if (!Array.isArray(input)) throw new Error('v86 has no list of waiting input where version 0.5.462 has it');
  if (!isObject(cpu) || typeof part(cpu, 'reboot_internal') !== 'function')
    throw new Error('v86 has no reset where version 0.5.462 has it');
  return {
    uartWaiting: () => input.length,
    replaceReset(instead) {
      Reflect.set(cpu, 'reboot_internal', instead);
    },
  };
}

function part(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
