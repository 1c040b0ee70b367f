import { type CompileOptions, DEFAULT_OPTIONS } from '../compiler/options.ts';
import type { ArgsOf, OptionTable } from './command.ts';
import type { InputArgs } from './input-options.ts';
import { parseCount, parseMarkMask, parsePodCidrs, parseQueues } from './parse.ts';
import { UsageError } from './usage-error.ts';

const DATAPATH = 'Datapath:';

const hex = (mask: number): string => `0x${(mask >>> 0).toString(16).padStart(8, '0')}`;
const range = (queues: { readonly first: number; readonly last: number }): string =>
  `${queues.first}-${queues.last}`;

/** What the ruleset depends on besides the objects. */
export const COMPILE_OPTIONS = {
  'mark-mask': {
    type: 'string',
    requiresArg: true,
    default: hex(DEFAULT_OPTIONS.markMask),
    group: DATAPATH,
    describe: 'Bits of the conntrack mark that are ours: one run of ones',
  },
  queues: {
    type: 'string',
    requiresArg: true,
    default: range(DEFAULT_OPTIONS.queues.original),
    group: DATAPATH,
    describe: 'NFQUEUE numbers for unresolved connections',
  },
  'reply-queues': {
    type: 'string',
    requiresArg: true,
    default: range(DEFAULT_OPTIONS.queues.reply),
    group: DATAPATH,
    describe: 'NFQUEUE numbers for their replies',
  },
  'fail-open': {
    type: 'boolean',
    default: DEFAULT_OPTIONS.failOpen,
    group: DATAPATH,
    describe: 'Accept unresolved connections while nobody answers the queues',
  },
  'cell-budget': {
    type: 'string',
    requiresArg: true,
    default: String(DEFAULT_OPTIONS.cellBudget),
    group: DATAPATH,
    describe: 'Cells at most; subjects beyond it are judged in the queue',
  },
  datapath: {
    choices: ['kernel', 'queue'],
    requiresArg: true,
    default: DEFAULT_OPTIONS.datapath,
    group: DATAPATH,
    describe: 'Where connections are judged',
  },
} as const satisfies OptionTable;

export type CompileArgs = ArgsOf<typeof COMPILE_OPTIONS>;

/** @throws UsageError for a value that makes no sense; yargs has checked only what the types say. */
export function readCompileOptions(
  args: CompileArgs & Pick<InputArgs, 'podCidr'>,
): Omit<CompileOptions, 'node'> {
  const original = parseQueues('queues', args.queues);
  const reply = parseQueues('reply-queues', args.replyQueues);
  // The queue number tells the listener the packet's direction.
  if (original.first <= reply.last && reply.first <= original.last) {
    throw new UsageError(`queues and reply queues overlap: ${range(original)} and ${range(reply)}`);
  }
  return {
    ...DEFAULT_OPTIONS,
    podCidrs: parsePodCidrs(args.podCidr ?? []),
    markMask: parseMarkMask(args.markMask),
    queues: { original, reply },
    failOpen: args.failOpen,
    cellBudget: parseCount('cell-budget', args.cellBudget),
    datapath: args.datapath,
  };
}
