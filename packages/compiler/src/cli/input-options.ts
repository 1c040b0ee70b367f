import type { ArgsOf, OptionTable } from './command.ts';
import { UsageError } from './usage-error.ts';

const INPUT = 'Input:';

/** Where objects come from: every command that reads a cluster takes these. */
export const INPUT_OPTIONS = {
  filename: {
    alias: 'f',
    type: 'string',
    array: true,
    requiresArg: true,
    group: INPUT,
    describe:
      'Files or directories (recursively) of YAML or JSON, - for stdin; without, the live cluster is read',
  },
  kubeconfig: { type: 'string', requiresArg: true, group: INPUT, describe: 'Kubeconfig of the live cluster' },
  context: { type: 'string', requiresArg: true, group: INPUT, describe: 'Context of the kubeconfig' },
  'pod-cidr': {
    type: 'string',
    array: true,
    requiresArg: true,
    group: INPUT,
    describe:
      "The cluster's pod CIDRs, one per family; pods of files that have no address get one from there",
  },
} as const satisfies OptionTable;

export type InputArgs = ArgsOf<typeof INPUT_OPTIONS>;

/** Files to read, or a cluster to ask. */
export type InputPlace =
  | {
      readonly kind: 'files';
      readonly paths: readonly string[];
      /** Files to pass over. */
      readonly except?: readonly string[];
    }
  | {
      readonly kind: 'cluster';
      readonly kubeconfig: string | undefined;
      readonly context: string | undefined;
    };

/** @throws UsageError when both are asked for, or `-f` names nothing. */
export function inputPlace(args: InputArgs): InputPlace {
  const { filename: paths, kubeconfig, context } = args;
  if (paths === undefined) return { kind: 'cluster', kubeconfig, context };
  if (kubeconfig !== undefined || context !== undefined) {
    throw new UsageError(
      'objects come from files (-f) or from a cluster (--kubeconfig, --context), not from both',
    );
  }
  if (paths.length === 0 || paths.includes('')) throw new UsageError('-f needs a path');
  if (paths.filter((path) => path === '-').length > 1) throw new UsageError('-f - (stdin) is given twice');
  return { kind: 'files', paths };
}
