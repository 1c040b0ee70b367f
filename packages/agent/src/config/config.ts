/** The agent's configuration: the command line, then the environment, then defaults. */
import { type Cidr, type CompileOptions, DEFAULT_OPTIONS, printable, type Rate } from '@kncompile/compiler';
import { parseCommandLine } from './command-line.ts';
import type { Flag } from './flag.ts';
import { FLAGS, type FlagKey, type FlagValues } from './flags.ts';
import type { BindAddress } from './values.ts';

/** Where the objects are to come from. */
export type SourceChoice =
  /** Without a kubeconfig: KUBECONFIG, ~/.kube/config, or the service account of the pod. */
  | { readonly kind: 'cluster'; readonly kubeconfig: string | undefined }
  | { readonly kind: 'files'; readonly directory: string };

export interface AgentConfig {
  readonly source: SourceChoice;
  readonly nodeName: string;
  /** Besides those of the Node objects; one per family at most. */
  readonly podCidrs: readonly Cidr[];
  readonly datapath: 'kernel' | 'queue';
  readonly established: 'revoke' | 'keep';
  readonly failOpen: boolean;
  readonly queues: CompileOptions['queues'];
  readonly markMask: number;
  readonly cellBudget: number;
  /** In milliseconds. */
  readonly resolveTimeout: number;
  readonly metricsBindAddress: BindAddress;
  readonly kubeNetworkPoliciesMetrics: boolean;
  /** As pino names them. */
  readonly logLevel: string;
  /** Undefined: denied connections are not logged. */
  readonly logDenied: Rate | undefined;
  /** Whether the cluster is told of policies that this node cannot realise. */
  readonly status: 'on' | 'off';
}

export type ConfigResult =
  | { readonly kind: 'run'; readonly config: AgentConfig }
  /** Remove everything from the kernel; this needs to know no node. */
  | { readonly kind: 'cleanup'; readonly config: Omit<AgentConfig, 'nodeName'> }
  /** Help or version, asked for. */
  | { readonly kind: 'text'; readonly text: string }
  /** Everything that is wrong, one line each. */
  | { readonly kind: 'wrong'; readonly errors: readonly string[] };

/** Reads the configuration. Never throws for what the user wrote. */
export async function readConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ConfigResult> {
  const typed = await parseCommandLine(argv);
  if (typed.kind === 'text') return typed;
  const errors = typed.unknown.map((word) => `${printable(word)}: expected a flag that --help lists`);
  const values: Partial<Record<FlagKey, unknown>> = {};
  for (const key of Object.keys(FLAGS) as FlagKey[]) {
    const flag: Flag = FLAGS[key];
    const said = whatWasSaid(flag, typed.values.get(flag.name), environment);
    if (!said) continue;
    const parsed = said.many ? { expected: 'it once' } : flag.parse(said.text);
    if ('value' in parsed) values[key] = parsed.value;
    else errors.push(`${said.where}=${printable(said.text)}: expected ${parsed.expected}`);
  }
  return conclude(values as FlagValues, errors);
}

interface Said {
  readonly text: string;
  /** The flag, or the variable. */
  readonly where: string;
  /** Given more often than it may be. */
  readonly many: boolean;
}

function whatWasSaid(
  flag: Flag,
  typed: readonly string[] | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Said | undefined {
  const where = `--${flag.name}`;
  if (typed) return { text: typed.join(','), where, many: typed.length > 1 && !flag.list };
  const variable = flag.environment.find((name) => (environment[name] ?? '') !== '');
  if (variable !== undefined) return { text: environment[variable] ?? '', where: variable, many: false };
  return flag.default === undefined ? undefined : { text: flag.default, where, many: false };
}

/** What only several flags together can get wrong. */
function conclude(values: FlagValues, errors: string[]): ConfigResult {
  const { source, kubeconfig, nodeName, cleanup, podCidrs = [], ...rest } = values;
  if (source?.kind === 'files' && kubeconfig !== undefined) {
    errors.push(`--kubeconfig=${printable(kubeconfig)}: expected only with --source=cluster`);
  }
  if (nodeName === undefined && cleanup === false && !errors.some(isAboutNode)) {
    errors.push('--node-name: expected the name of the node, also as NODE_NAME or KNCOMPILE_NODE_NAME');
  }
  if (errors.length > 0) return { kind: 'wrong', errors: Object.freeze(errors) };
  const config = {
    ...(rest as Required<typeof rest>),
    podCidrs,
    source: source?.kind === 'files' ? source : { kind: 'cluster', kubeconfig },
  } as Omit<AgentConfig, 'nodeName'>;
  return nodeName === undefined || cleanup
    ? { kind: 'cleanup', config }
    : { kind: 'run', config: { ...config, nodeName } };
}

function isAboutNode(error: string): boolean {
  return FLAGS.nodeName.environment.some((name) => error.startsWith(name)) || error.startsWith('--node-name');
}

/** "kn" as a number: NFLOG groups have one listener each, and low numbers are taken by others. */
const DENIED_LOG_GROUP = 0x6b6e;

/** What the compiler needs to know. */
export function compileOptionsOf(config: AgentConfig): CompileOptions {
  const { nodeName, podCidrs, datapath, established, failOpen, queues, markMask, cellBudget, logDenied } =
    config;
  return {
    ...DEFAULT_OPTIONS,
    node: nodeName,
    podCidrs,
    datapath,
    established,
    failOpen,
    queues,
    markMask,
    cellBudget,
    logDenied: logDenied && { rate: logDenied, group: DENIED_LOG_GROUP },
  };
}
