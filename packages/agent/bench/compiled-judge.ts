/**
 * The agent's judge over a real compiler with 10,000 policies, for `pnpm bench:queue --judge packages/agent/bench/compiled-judge.ts`:
 * 65,536 pods of 100 kinds, 100 subjects, a policy for each pair, one port in ten denied, as the traffic there has it.
 * Questions are answered in the same process; after the first packets there are none.
 */
import { Compiler, DEFAULT_OPTIONS, type ModelObject, parseObject } from '@kncompile/compiler';
import type { Direction, Judgement, Packet } from '@kncompile/nfq-ffi';
import type { Report } from '../src/judge/messages.ts';
import { createQueueJudge } from '../src/judge/queue-judge.ts';

const SUBJECTS = 100;
const KINDS = 100;
const PODS = 65_536;
const FIRST_PORT = 1000;
/** Ten stretches of four: one port of each ten is left out. */
const PORTS = 40;

function objectOf(manifest: unknown): ModelObject {
  const { object, diagnostics } = parseObject(manifest);
  if (!object) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return object;
}

const pod = (name: string, address: string, app: string, nodeName: string): ModelObject =>
  objectOf({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'bench', name, labels: { app } },
    spec: { nodeName },
    status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
  });

const policy = (subject: number, kind: number): ModelObject => {
  const allowed = Array.from({ length: PORTS }, (_, i) => i).filter((i) => (i + subject + kind) % 10 !== 0);
  return objectOf({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'bench', name: `policy-${subject}-${kind}` },
    spec: {
      podSelector: { matchLabels: { app: `subject-${subject}` } },
      ingress: [
        {
          from: [{ podSelector: { matchLabels: { app: `kind-${kind}` } } }],
          ports: allowed.map((i) => ({ protocol: 'UDP', port: FIRST_PORT + i })),
        },
      ],
    },
  });
};

const compiler = new Compiler({ ...DEFAULT_OPTIONS, node: 'near' });
for (let i = 0; i < PODS; i++)
  compiler.set(pod(`pod-${i}`, `10.1.${i >> 8}.${i & 255}`, `kind-${i % KINDS}`, 'far'));
for (let i = 0; i < SUBJECTS; i++) compiler.set(pod(`subject-${i}`, `10.2.0.${i}`, `subject-${i}`, 'near'));
for (let subject = 0; subject < SUBJECTS; subject++)
  for (let kind = 0; kind < KINDS; kind++) compiler.set(policy(subject, kind));
const view = compiler.judgeView();
compiler.commit();

const inner = createQueueJudge(() => performance.now());
inner.update({ settings: { failOpen: false }, delta: view.all() });

function answer(message: unknown): boolean {
  const { questions } = message as Report;
  for (let at = 0; at < questions.length; at += 2) {
    const [side, profile] = [questions[at] as number, questions[at + 1] as number];
    const row = view.row(side, profile);
    if (row) inner.update({ rows: [{ side, profile, parts: row.parts }] });
  }
  return true;
}

export function judge(packet: Packet, direction: Direction): Judgement {
  const judgement = inner.judge(packet, direction);
  if (judgement !== 'hold') return judgement;
  inner.outbox(answer);
  return inner.judge(packet, direction);
}
