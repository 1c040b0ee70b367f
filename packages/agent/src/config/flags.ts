/** Every flag of the agent. Help, documentation and manifests are made from this table. */
import {
  DEFAULT_OPTIONS,
  parseCount,
  parseMarkMask,
  parsePodCidrs,
  parseQueueRange,
} from '@kncompile/compiler';
import { defineFlag, type Flag, type Parsed } from './flag.ts';
import {
  parseAsCommand,
  parseBindAddress,
  parseChoice,
  parseDuration,
  parseNodeName,
  parsePath,
  parseRate,
  parseSwitch,
} from './values.ts';

const { queues, markMask, cellBudget } = DEFAULT_OPTIONS;

type SourceFlag = { readonly kind: 'cluster' } | { readonly kind: 'files'; readonly directory: string };

const FILES = 'files:';

function parseSource(text: string): Parsed<SourceFlag> {
  if (text === 'cluster') return { value: { kind: 'cluster' } };
  const directory = text.startsWith(FILES) ? text.slice(FILES.length) : '';
  return directory === '' || directory.includes('\0')
    ? { expected: 'cluster, or files: and a directory, such as files:/etc/kncompile' }
    : { value: { kind: 'files', directory } };
}

export const FLAGS = {
  source: defineFlag({
    name: 'source',
    group: 'Cluster',
    placeholder: 'cluster|files:DIR',
    default: 'cluster',
    describe: 'Where objects come from: an API server, or a directory of manifests that is watched',
    parse: parseSource,
  }),
  kubeconfig: defineFlag({
    name: 'kubeconfig',
    group: 'Cluster',
    placeholder: 'FILE',
    describe:
      'Kubeconfig of the cluster; without it KUBECONFIG, ~/.kube/config or the service account of the pod',
    parse: parsePath,
  }),
  nodeName: defineFlag({
    name: 'node-name',
    group: 'Cluster',
    placeholder: 'NAME',
    environment: ['NODE_NAME'],
    describe: 'The node whose pods are protected: the name of its Node object',
    parse: parseNodeName,
  }),
  podCidrs: defineFlag({
    name: 'pod-cidr',
    group: 'Cluster',
    placeholder: 'CIDR',
    list: true,
    describe: "The cluster's pod CIDRs, one per family, where the Node objects do not have them",
    parse: parseAsCommand((text) => parsePodCidrs(text.split(','))),
  }),
  datapath: defineFlag({
    name: 'datapath',
    group: 'Datapath',
    placeholder: 'kernel|queue',
    default: 'kernel',
    describe: 'Where connections are judged: queue sends the first packet of each to the agent',
    parse: parseChoice('kernel', 'queue'),
  }),
  established: defineFlag({
    name: 'established',
    group: 'Datapath',
    placeholder: 'revoke|keep',
    default: 'revoke',
    describe: 'What happens to connections that lose their permission',
    parse: parseChoice('revoke', 'keep'),
  }),
  failOpen: defineFlag({
    name: 'fail-open',
    group: 'Datapath',
    default: 'false',
    describe: 'Accept connections that need the agent while it does not answer',
    parse: parseSwitch,
  }),
  queues: defineFlag({
    name: 'queue-range',
    group: 'Datapath',
    placeholder: 'A-B',
    default: `${queues.original.first}-${queues.reply.last}`,
    describe: 'NFQUEUE numbers: the lower half for new connections, the upper half for replies',
    parse: parseAsCommand(parseQueueRange),
  }),
  markMask: defineFlag({
    name: 'ct-mark-mask',
    group: 'Datapath',
    placeholder: 'MASK',
    default: `0x${(markMask >>> 0).toString(16).padStart(8, '0')}`,
    describe: 'Bits of the conntrack mark that are ours: one run of ones',
    parse: parseAsCommand(parseMarkMask),
  }),
  cellBudget: defineFlag({
    name: 'cell-budget',
    group: 'Datapath',
    placeholder: 'N',
    default: String(cellBudget),
    describe: 'Cells in the kernel at most; connections of pods beyond it are judged by the agent',
    parse: parseAsCommand((text) => parseCount('cell-budget', text)),
  }),
  resolveTimeout: defineFlag({
    name: 'resolve-timeout',
    group: 'Datapath',
    placeholder: 'DURATION',
    default: '1s',
    describe: 'How long a packet waits for the agent to learn whose address it bears',
    parse: parseDuration,
  }),
  metricsBindAddress: defineFlag({
    name: 'metrics-bind-address',
    group: 'Reporting',
    placeholder: 'HOST:PORT',
    default: ':9080',
    describe: 'Where metrics and health are served',
    parse: parseBindAddress,
  }),
  kubeNetworkPoliciesMetrics: defineFlag({
    name: 'kube-network-policies-metrics',
    group: 'Reporting',
    default: 'true',
    describe: 'Serve metrics also under the names that dashboards for kube-network-policies use',
    parse: parseSwitch,
  }),
  logLevel: defineFlag({
    name: 'log-level',
    group: 'Reporting',
    placeholder: 'LEVEL',
    default: 'info',
    describe:
      'The least important messages that are logged: trace, debug, info, warn, error, fatal or silent',
    parse: parseChoice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  }),
  logDenied: defineFlag({
    name: 'log-denied',
    group: 'Reporting',
    placeholder: 'RATE',
    default: '10/second',
    describe: 'How many denied connections are logged at most, or off',
    parse: parseRate,
  }),
  status: defineFlag({
    name: 'status',
    group: 'Reporting',
    placeholder: 'on|off',
    default: 'on',
    describe: 'Tell the cluster of policies that this node cannot realise: conditions and events',
    parse: parseChoice('on', 'off'),
  }),
  cleanup: defineFlag({
    name: 'cleanup',
    group: 'Other',
    default: 'false',
    describe: 'Remove everything of ours from the kernel, and end',
    parse: parseSwitch,
  }),
} as const satisfies Readonly<Record<string, Flag>>;

export type FlagKey = keyof typeof FLAGS;

type ValueOf<F> = F extends Flag<infer T> ? T : never;

/** The values by the keys of the table; undefined for a flag that is not given and has no default. */
export type FlagValues = { readonly [K in FlagKey]?: ValueOf<(typeof FLAGS)[K]> | undefined };
