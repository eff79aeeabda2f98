// Opens the VMMs that a build uses, for as long as it uses them: those that were named, or the first that is usable here.
import type { Probe } from '../../vmm-adapters/lib/adapter.ts';
import type { EventSink } from '../event.ts';
import { thinTransfers } from '../execution/thin-transfers.ts';
import type { OpenVmm, VmmChoice } from '../execution/vmm.ts';
import { RunnerError } from '../runner-error.ts';
import { openWorkFolder } from '../state/work-folder.ts';
import type { Context, Input } from './command.ts';
import { openAdapter } from './open-adapter.ts';
import { firstUsable, preferredAdapters } from './probe-adapters.ts';
import { choiceByDefault, readNamedVmms } from './vmm-choice.ts';

/** @throws RunnerError `usage`, `no-vmm`; whatever `use` throws */
export async function withVmms(
  input: Input,
  context: Context,
  emit: EventSink,
  use: (vmms: readonly OpenVmm[]) => Promise<void>,
): Promise<void> {
  const open: OpenVmm[] = [];
  try {
    const named = await readNamedVmms(input, context);
    for (const choice of named ?? []) open.push(requireUsable(choice, await openVmm(choice, context, emit)));
    if (named === undefined) open.push(await openPreferred(input, context, emit));
    await use(open);
  } finally {
    for (const vmm of open.reverse()) await closeVmm(vmm);
  }
}

async function openPreferred(input: Input, context: Context, emit: EventSink): Promise<OpenVmm> {
  const choices = choicesByDefault(await preferredAdapters(context, input.text('host') !== undefined), input);
  const { value, note } = await firstUsable(choices, async (choice) => {
    const opened = await openVmm(choice, context, emit);
    return 'vmm' in opened ? { probe: opened.vmm.facts, value: opened.vmm } : opened;
  });
  if (note !== undefined) emit({ type: 'note', text: note });
  return value;
}

/** A VMM without an option that was given is none to try, unless all lack it. @throws RunnerError `usage` of the first */
function choicesByDefault(definitions: readonly VmmChoice['definition'][], input: Input): VmmChoice[] {
  const errors: RunnerError[] = [];
  const choices = definitions.flatMap((definition) => {
    try {
      return [choiceByDefault(definition, input)];
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      errors.push(error);
      return [];
    }
  });
  const [first] = errors;
  if (choices.length === 0 && first !== undefined) throw first;
  return choices;
}

type Opened = { readonly vmm: OpenVmm } | { readonly probe: Extract<Probe, { usable: false }> };

async function openVmm(choice: VmmChoice, context: Context, emit: EventSink): Promise<Opened> {
  const work = await openWorkFolder(context.folders.state);
  try {
    const onTransfer = thinTransfers((transfer) => emit({ type: 'transfer', ...transfer }));
    const { definition, options, host } = choice;
    const adapter = await openAdapter(definition, work, options, context, host, onTransfer);
    const facts = await adapter.probe(context.signal).catch(async (error: unknown) => {
      await adapter.close?.(false);
      throw error;
    });
    if (facts.usable) return { vmm: { choice, adapter, facts, work } };
    await adapter.close?.(false);
    await work.remove();
    return { probe: facts };
  } catch (error) {
    await work.remove();
    throw error;
  }
}

/** A VMM that was named is never replaced by another one. */
function requireUsable({ definition, host }: VmmChoice, opened: Opened): OpenVmm {
  if ('vmm' in opened) return opened.vmm;
  const { reason, remedy } = opened.probe;
  throw new RunnerError(
    'no-vmm',
    `${definition.name} cannot be used ${host === undefined ? 'here' : `at ${host.text}`}: ${reason} ${remedy}`.trimEnd(),
  );
}

async function closeVmm({ adapter, work }: OpenVmm): Promise<void> {
  await adapter.close?.(work.isKept());
  await work.remove();
}
