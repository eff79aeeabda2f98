// A `powershell` for tests: it takes vmb's command line, refuses every line that is not one documented cmdlet with documented
// parameters, and carries the rest out on QEMU. Put its folder in front of PATH. What it knows of machines lies in
// $HYPER_V_STAND_IN (a folder of the temporary folder by default); $HYPER_V_STAND_IN_FAULT makes it fail (errors.mjs).
import { carryOut } from './carry-out.mjs';
import { bind } from './cmdlets.mjs';
import { clixml, failure, faultOf } from './errors.mjs';
import { parse } from './parse.mjs';
import { isRelay, relay } from './relay.mjs';

const words = process.argv.slice(2);
const encoded = words.at(-1) ?? '';
const options = words.slice(0, -1).join(' ');
const text = Buffer.from(encoded, 'base64').toString('utf16le');
const cmdletsOnly = '-NoProfile -NonInteractive -EncodedCommand';
const ownInput = '-NoProfile -NonInteractive -InputFormat None -EncodedCommand';
if (options === ownInput && isRelay(text)) process.exit(await relay(text));
if (options !== cmdletsOnly || !/^[A-Za-z0-9+/]+=*$/.test(encoded)) {
  process.stderr.write(`Cannot process the command because of an incorrect parameter: ${words.join(' ')}\n`);
  process.exit(64);
}

/** A value in parentheses is carried out first. */
async function evaluate(call) {
  const parameters = new Map();
  for (const { name, value } of call.parameters) {
    if (value.kind !== 'call') parameters.set(name, value);
    else parameters.set(name, { kind: 'object', object: await evaluate(value.call) });
  }
  try {
    const bound = bind(call.cmdlet, parameters);
    const fault = faultOf(call.cmdlet);
    if (fault !== undefined) throw fault;
    return await carryOut(call.cmdlet, bound);
  } catch (error) {
    // Of several in parentheses it is the one that failed which reports.
    error.cmdlet = call.cmdlet;
    throw error;
  }
}

let exitCode = 0;
try {
  // All of it is read before any of it is carried out, as PowerShell does.
  for (const call of parse(text)) {
    try {
      const output = await evaluate(call);
      exitCode = 0;
      if (typeof output === 'string') process.stdout.write(`${output}\r\n`);
      else if (output !== undefined) process.stdout.write(`\r\n${JSON.stringify(output)}\r\n\r\n`);
    } catch (error) {
      exitCode = 1;
      const { value } = call.parameters.find(({ name }) => name === 'ErrorAction') ?? {};
      const action = value?.text ?? 'Continue';
      if (action !== 'SilentlyContinue') process.stderr.write(clixml(failure(error.cmdlet ?? call.cmdlet, error)));
      // An unknown cmdlet or parameter ends a script whatever the preference.
      if (action === 'Stop' || error.terminates === true) break;
    }
  }
} catch (error) {
  exitCode = 1;
  process.stderr.write(clixml(failure('powershell', error)));
}
process.exitCode = exitCode;
