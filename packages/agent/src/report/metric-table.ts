/** Every metric that the agent serves: the program and docs/metrics.md are made from this table. */

/** What a metric is, apart from its values. */
export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram' | 'summary';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, for histograms. */
  readonly buckets?: readonly number[];
  /** For summaries. */
  readonly percentiles?: readonly number[];
}

/** A metric that prom-client keeps. */
export type OwnMetric = Metric & { readonly type: Exclude<Metric['type'], 'summary'> };

type MetricOf<T extends Metric['type']> = Metric & { readonly type: T };

const metric =
  <T extends Metric['type']>(type: T) =>
  (name: string, help: string, labels: readonly string[] = []): MetricOf<T> =>
    Object.freeze({ name, type, help, labels });

const gauge = metric('gauge');
const counter = metric('counter');

/** 100 µs to 10 s: a delta takes less than a millisecond, a full load of a large cluster a second. */
const SECONDS = Object.freeze([
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]);

function seconds(name: string, help: string, labels: readonly string[] = []): MetricOf<'histogram'> {
  return Object.freeze({ name, type: 'histogram', help, labels, buckets: SECONDS });
}

export const METRICS = {
  buildInfo: gauge('kncompile_build_info', 'Always 1; its labels say what runs', ['version', 'node_version']),
  ready: gauge(
    'kncompile_ready',
    'Whether the kernel holds what follows from all objects of the cluster (1) or not (0)',
  ),

  watchLag: gauge(
    'kncompile_watch_lag_seconds',
    'Since the last sign of life of the watch: what happened in the cluster since then may be unknown. Bookmarks come about once a minute',
    ['kind'],
  ),
  synced: gauge(
    'kncompile_source_synced',
    'Whether all objects of the kind have been listed (1) or not (0)',
    ['kind'],
  ),
  lists: counter('kncompile_source_lists_total', 'Full lists that succeeded', ['kind']),
  sourceFailures: counter('kncompile_source_failures_total', 'Requests and watches that failed', ['kind']),
  objects: gauge('kncompile_objects', 'Objects in force, stand-ins of broken ones included', ['kind']),
  rejected: gauge(
    'kncompile_rejected_objects',
    'Objects that are broken; a rejected policy isolates and allows nothing',
    ['kind'],
  ),
  events: counter('kncompile_events_total', 'Changes of objects that the source delivered'),

  compile: seconds('kncompile_compile_duration_seconds', 'From events to a transaction'),
  commit: seconds('kncompile_commit_duration_seconds', 'The kernel carries out a transaction', ['kind']),
  eventToCommit: seconds(
    'kncompile_event_to_commit_seconds',
    "From the first event of a commit to the kernel's answer",
  ),
  commits: counter('kncompile_commits_total', 'Commits that the kernel took: delta, full or repair', [
    'kind',
  ]),
  failedCommits: counter(
    'kncompile_failed_commits_total',
    'Commits that the kernel did not take: delta or full',
    ['kind'],
  ),
  lastSync: gauge(
    'kncompile_last_successful_sync_timestamp_seconds',
    'When the kernel was last known to hold the intent, seconds since 1970; 0 before',
  ),

  classes: gauge('kncompile_classes', 'Classes of peers, besides the two general ones'),
  cells: gauge('kncompile_cells', 'Cells of the decision table in the kernel; see --cell-budget'),
  elements: gauge('kncompile_elements', 'Elements of all sets and maps in the kernel'),
  subjects: gauge('kncompile_subjects', 'Local addresses that policies concern, counted per direction'),
  queuedSubjects: gauge(
    'kncompile_queued_subjects',
    'Those of them whose connections the agent judges, beyond the cell budget',
  ),
  generation: gauge(
    'kncompile_generation',
    'The generation that connections are judged under; it moves when a permission is taken away',
  ),

  driftChecks: counter('kncompile_drift_checks_total', "Comparisons of the kernel's table with the intent"),
  failedDriftChecks: counter('kncompile_failed_drift_checks_total', 'Comparisons that could not be done'),
  drifts: counter(
    'kncompile_drifts_total',
    'Comparisons that found something else in the kernel; it was repaired',
  ),
  driftedParts: counter('kncompile_drifted_parts_total', 'Elements, sets and chains that were found changed'),
  unenforcedPaths: gauge(
    'kncompile_unenforced_paths',
    'Whether packets may pass this node unjudged for this reason (1) or not (0); see docs/node.md',
    ['reason'],
  ),
  markWriters: gauge(
    'kncompile_mark_conflicts',
    'Chains of others that write into our bits of the conntrack mark; see --ct-mark-mask',
  ),
  unsafeWraps: counter(
    'kncompile_unsafe_generation_wraps_total',
    'Generation numbers used again although old connections may bear them',
  ),

  verdicts: counter('kncompile_verdicts_total', 'Packets that the agent judged', ['outcome', 'reason']),
  held: gauge(
    'kncompile_held_packets',
    'Packets that wait now for the agent to learn whose address they bear',
  ),
  heldTotal: counter(
    'kncompile_held_packets_total',
    'Packets that had to wait (held), those of them that waited to the end of --resolve-timeout (expired), and those that could not wait because too many did (refused)',
    ['fate'],
  ),
  unjudgeable: counter(
    'kncompile_unjudgeable_packets_total',
    'Packets that could not be read: dropped, or accepted with --fail-open',
  ),
  judgeErrors: counter(
    'kncompile_judge_errors_total',
    'Packets that the judge failed at, by a mistake of ours: dropped, or accepted with --fail-open',
  ),
  questions: counter(
    'kncompile_judge_questions_total',
    'Rows of the decision table that queue workers asked for',
  ),
  unknownAddresses: counter(
    'kncompile_unknown_addresses_total',
    "Addresses in the pod CIDRs that turned out to be nobody's",
  ),
  dnsAnswers: counter(
    'kncompile_dns_answers_total',
    'DNS answers to pods with rules about names: held until the kernel knew (learned); without addresses, or for names that no policy asks for (empty); to nothing that the pod asked (unasked); cut off or no DNS (malformed); too many, or not learned within --resolve-timeout, so that they passed (refused)',
    ['fate'],
  ),
  learnedNames: counter(
    'kncompile_learned_names_total',
    'Addresses that the kernel learned from DNS answers, for the pod that asked',
  ),
  workers: gauge('kncompile_workers', 'Queue workers that listen'),
  restarts: counter(
    'kncompile_worker_restarts_total',
    'Queue workers that ended unasked and were started again',
  ),

  deniedPackets: counter('kncompile_denied_packets_total', 'Packets that the kernel dropped by policy'),
  denied: counter(
    'kncompile_denied_connections_total',
    'Denied packets by policy: by kernel, those that were logged (see --log-denied), and by agent, all that it judged. The first 1000 policies; the rest is under other',
    ['policy', 'by'],
  ),
  unattributedDenied: counter(
    'kncompile_unattributed_denied_connections_total',
    'Logged denied packets of which no policy could be named',
  ),

  cpu: counter('process_cpu_seconds_total', 'Processor time of the agent, without its queue workers'),
  rss: gauge('process_resident_memory_bytes', 'Memory of the agent, without its queue workers'),
  started: gauge('process_start_time_seconds', 'When the agent started, seconds since 1970'),
} as const satisfies Readonly<Record<string, OwnMetric>>;

const PER_PACKET = ['protocol', 'family'] as const;

/** What dashboards for kube-network-policies ask for: its names, types, labels and units, whatever we would call them. */
export const KUBE_NETWORK_POLICIES_METRICS = {
  packetTime: {
    name: 'kube_network_policies_packet_process_time',
    type: 'histogram',
    help: 'Time it has taken to judge each packet (microseconds)',
    labels: PER_PACKET,
    buckets: [1, 10, 50, 200, 500, 750, 1000, 2000, 5000, 10000, 100000],
  },
  packetSummary: {
    name: 'kube_network_policies_packet_process_duration_microseconds',
    type: 'summary',
    help: 'A summary of the time it has taken to judge packets, in microseconds',
    labels: [],
    percentiles: [0.5, 0.9, 0.99],
  },
  packets: {
    name: 'kube_network_policies_packet_count',
    type: 'counter',
    help: 'Packets that the agent judged',
    labels: [...PER_PACKET, 'verdict'],
  },
  queueTotal: gauge('kube_network_policies_nfqueue_queue_total', 'Packets that wait in the queue', ['queue']),
  queueDropped: gauge(
    'kube_network_policies_nfqueue_queue_dropped',
    'Packets that the kernel dropped because too many waited in the queue',
    ['queue'],
  ),
  userDropped: gauge(
    'kube_network_policies_nfqueue_user_dropped',
    'Packets that were lost on the way to the queue worker, because its socket was full',
    ['queue'],
  ),
  packetId: gauge('kube_network_policies_nfqueue_packet_id', 'Number of the packet that was queued last', [
    'queue',
  ]),
} as const satisfies Readonly<Record<string, Metric>>;
