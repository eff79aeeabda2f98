// Errors as Windows PowerShell prints them, and the faults that tests ask for.

/** `id` without the cmdlet's class; `category` as CategoryInfo says it. */
export class PowershellError extends Error {
  constructor(category, id, message, { terminates = false, ownId = false } = {}) {
    super(message);
    this.category = category;
    this.id = id;
    this.terminates = terminates;
    /** Whether `id` stands alone, without a class of the Hyper-V module. */
    this.ownId = ownId;
  }
}

export function failure(cmdlet, error) {
  if (!(error instanceof PowershellError)) return `${cmdlet} : the stand-in broke: ${error.stack}\n`;
  const type = error.ownId ? 'ParentContainsErrorRecordException' : 'VirtualizationException';
  const id = error.ownId ? error.id : `${error.id},Microsoft.HyperV.PowerShell.Commands.${cmdlet.replace('-', '')}`;
  return [
    `${cmdlet} : ${error.message}`,
    'At line:1 char:1',
    `    + CategoryInfo          : ${error.category}: (:) [${cmdlet}], ${type}`,
    `    + FullyQualifiedErrorId : ${id}`,
    '',
  ].join('\n');
}

/** The error stream of an encoded command whose output goes into a pipe. */
export function clixml(text) {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `<S S="Error">${line}_x000D__x000A_</S>`);
  const namespace = 'http://schemas.microsoft.com/powershell/2004/04';
  return `#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="${namespace}">${escaped.join('')}</Objs>`;
}

export const unknownMachine = (name) =>
  new PowershellError(
    'InvalidArgument',
    'InvalidParameter',
    `Hyper-V was unable to find a virtual machine with name "${name}".`,
  );

/** What $HYPER_V_STAND_IN_FAULT says; NAME-OF-A-CMDLET makes that cmdlet fail. */
const faults = {
  'no-role': (cmdlet) =>
    new PowershellError(
      'ObjectNotFound',
      'CommandNotFoundException',
      `The term '${cmdlet}' is not recognized as the name of a cmdlet, function, script file, or operable program.`,
      { terminates: true, ownId: true },
    ),
  'no-rights': () =>
    new PowershellError(
      'NotSpecified',
      'Unspecified',
      "You do not have the required permission to complete this task. Contact the administrator of the authorization policy for the computer 'STAND-IN'.",
    ),
  'no-service': () =>
    new PowershellError(
      'ObjectNotFound',
      'ObjectNotFound',
      "Hyper-V encountered an error trying to access an object on computer 'STAND-IN' because the object was not found. Verify that the Virtual Machine Management service on the computer is running.",
    ),
};

export function faultOf(cmdlet) {
  const wanted = process.env.HYPER_V_STAND_IN_FAULT ?? '';
  if (wanted === cmdlet) return new PowershellError('OperationStopped', 'Unspecified', `${cmdlet} was told to fail.`);
  return Object.hasOwn(faults, wanted) && cmdlet.includes('-VM') ? faults[wanted](cmdlet) : undefined;
}
