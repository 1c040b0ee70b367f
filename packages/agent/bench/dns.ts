/**
 * What rules about names add to a DNS answer: dnsmasq and a pod in network namespaces, one question after the other, asked as
 * programs do. Needs root and dnsmasq.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OUTSIDE } from '@kncompile/compiler/test/support/lab/topology.ts';
import { benchArgs, printTable, quantile, reportGoals, round } from '../../../.ci/bench-report.ts';
import { Asker, Resolver } from '../test/kernel/support/resolver.ts';
import { NodeLab } from '../test/support/node-lab.ts';

const args = benchArgs();
const QUESTIONS = args.quick ? 50 : 500;
const SERVER = '192.0.2.10';

const POLICY = `
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: by-name }
spec:
  priority: 1
  subject: { pods: { namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: blog } }, podSelector: {} } }
  egress:
    - action: Allow
      to: [{ networks: [${SERVER}/32] }]
      ports: [{ portNumber: { protocol: UDP, port: 53 } }]
    - { action: Allow, to: [{ domainNames: ["*.wanted.example.com"] }] }
    - { action: Deny, to: [{ networks: [0.0.0.0/0, "::/0"] }] }
`;

const nameOf = (n: number): string => `host-${n}.wanted.example.com`;
const ZONE = [
  'host-record=plain.example.com,198.18.0.1,60',
  ...Array.from(
    { length: QUESTIONS },
    (_, n) => `host-record=${nameOf(n)},198.18.${1 + (n >> 8)}.${n & 255},60`,
  ),
];

/** Longer than between two commits of the agent: most pods do not ask all the time. Milliseconds. */
const PAUSE_MS = 30;

interface Case {
  readonly who: string;
  readonly pod: string;
  readonly name: (n: number) => string;
  readonly pauseMs: number;
}

const PLAIN = { name: () => 'plain.example.com', pauseMs: PAUSE_MS } as const;
const CASES: readonly Case[] = [
  { who: 'a pod without such rules', pod: 'shop/cart', ...PLAIN },
  { who: 'a pod with them, about another name', pod: 'blog/api', ...PLAIN },
  { who: 'about a name of its rules', pod: 'blog/api', name: nameOf, pauseMs: PAUSE_MS },
  { who: 'the same once more', pod: 'blog/api', name: nameOf, pauseMs: PAUSE_MS },
  { who: 'the same without pauses', pod: 'blog/api', name: nameOf, pauseMs: 0 },
];

interface Measured {
  readonly who: string;
  readonly p50: number;
  readonly p99: number;
}

const node = await NodeLab.create();
const resolver = await Resolver.start(node.lab, OUTSIDE, [SERVER], ZONE);
try {
  await node.become(POLICY);
  const measured: Measured[] = [];
  for (const each of CASES) {
    const times = await measure(each);
    measured.push({ who: each.who, p50: quantile(times, 0.5), p99: quantile(times, 0.99) });
  }
  const [plain] = measured as [Measured];
  printTable(
    [`${QUESTIONS} DNS answers, ms, to`, 'p50', 'p99', 'added p50', 'added p99'],
    measured.map(({ who, p50, p99 }) => [who, ...[p50, p99, p50 - plain.p50, p99 - plain.p99].map(round)]),
  );
  if (args.json !== undefined) reportGoals(args, [], { answers: measured });
} finally {
  await resolver.stop();
  await node.close();
}

/** In milliseconds; after a question that warms up the program. */
async function measure({ pod, name, pauseMs }: Case): Promise<readonly number[]> {
  const asker = new Asker(node.lab, node.lab.endpoint(pod).site, SERVER);
  const times: number[] = [];
  try {
    await asker.ask('plain.example.com');
    for (let n = 0; n < QUESTIONS; n++) {
      const { addresses, error, milliseconds } = await asker.ask(name(n));
      if (addresses.length !== 1) throw new Error(`no answer about ${name(n)}: ${error}`);
      times.push(milliseconds);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  } finally {
    asker.stop();
  }
  return times;
}
