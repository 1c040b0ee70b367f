import { type CompileOptions, DEFAULT_OPTIONS } from '../compiler/options.ts';
import type { ArgsOf, OptionTable } from './command.ts';
import type { InputArgs } from './input-options.ts';
import { parseCount, parseMarkMask, parsePodCidrs, parseQueueRange } from './parse.ts';

const DATAPATH = 'Datapath:';

const hex = (mask: number): string => `0x${(mask >>> 0).toString(16).padStart(8, '0')}`;
/** What the ruleset depends on besides the objects. */
export const COMPILE_OPTIONS = {
  'ct-mark-mask': {
    type: 'string',
    requiresArg: true,
    default: hex(DEFAULT_OPTIONS.markMask),
    group: DATAPATH,
    describe: 'Bits of the conntrack mark that are ours: one run of ones',
  },
  'queue-range': {
    type: 'string',
    requiresArg: true,
    default: `${DEFAULT_OPTIONS.queues.original.first}-${DEFAULT_OPTIONS.queues.reply.last}`,
    group: DATAPATH,
    describe:
      'NFQUEUE numbers for unresolved connections: the lower half, and the upper half for their replies',
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
  return {
    ...DEFAULT_OPTIONS,
    podCidrs: parsePodCidrs(args.podCidr ?? []),
    markMask: parseMarkMask(args.ctMarkMask),
    queues: parseQueueRange(args.queueRange),
    failOpen: args.failOpen,
    cellBudget: parseCount('cell-budget', args.cellBudget),
    datapath: args.datapath,
  };
}
