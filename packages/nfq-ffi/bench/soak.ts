/**
 * pnpm soak:queue [--minutes N]     (default 10)
 *
 * A worker with 10,000 policies at full rate, with ten state updates a second, and with packets from unknown pods that are
 * held until an update names the pod, or until their deadline. Exit code 1 when memory grows or a packet is left without verdict.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { WorkerReport } from '../src/index.ts';
import { allowedCores } from '../src/supervisor/cores.ts';
import { compile, enterNamespace, queueEverything, runTraffic, settled, shell, startWorker } from './lab.ts';
import { POLICIES } from './measure.ts';
import { createPods, createPolicies, type PolicyState } from './policies.ts';

const UPDATE_MS = 100;
/** Addresses 10.3.0.1 and up: nobody's pods, a window of which moves with every update. */
const UNKNOWN = 0x0a030000;
const UNKNOWN_SENDERS = 200;
const PER_UPDATE = 10;
/** Growth of resident memory after the first minute that counts as flat, bytes: the collector's own rhythm. */
const FLAT = 8 << 20;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const seconds = Number(values.minutes) * 60;
const [workerCore, senderCore] = allowedCores();
if (workerCore === undefined || senderCore === undefined) throw new Error('needs two cores');
enterNamespace();
shell('ip addr add 10.3.0.0/24 dev lo');
queueEverything();

const programs = compile();
const reports: WorkerReport[] = [];
const worker = await startWorker(POLICIES, workerCore, {
  state: createPolicies,
  onReport: (report) => void reports.push(report),
});
const senders = await Promise.all(
  Array.from({ length: UNKNOWN_SENDERS }, (_, index) => openSender(index + 1)),
);

let updates = 0;
const ticker = setInterval(() => {
  const at = (updates++ * PER_UPDATE) % UNKNOWN_SENDERS;
  const addresses = Array.from({ length: PER_UPDATE }, (_, index) => UNKNOWN + at + index + 1);
  const known = addresses.slice(0, PER_UPDATE / 2).map((address) => [address, 0] as const);
  const update: PolicyState = {
    kind: 'pods',
    pods: new Map([...createPods(updates * 100, 100), ...known]),
    gone: Array.from({ length: UNKNOWN_SENDERS }, (_, index) => UNKNOWN + index + 1).filter(
      (address) => !addresses.includes(address),
    ),
  };
  // Held now; half of them named by the update of the next turn, the others by none before their deadline.
  worker.update(update);
  for (let i = 0; i < PER_UPDATE; i++) {
    senders[(at + PER_UPDATE + i) % UNKNOWN_SENDERS]?.send('?', 1001, '10.2.0.1', () => undefined);
  }
}, UPDATE_MS);

const sent = await runTraffic<{ sent: number; seconds: number }>(programs.traffic, senderCore, [
  'flood',
  String(seconds),
  '0',
]);
clearInterval(ticker);
// The deadline of the last held packets, and a report after it.
await new Promise((resolve) => setTimeout(resolve, 2500));
const kernel = await settled();
await worker.stop();
for (const sender of senders) sender.close();
programs.close();

const last = reports.at(-1) as WorkerReport;
const { packets, accepted, dropped, held, expired, judgeErrors } = last.counters;
const rss = reports.map((report) => report.rss);
const perMinute = Array.from({ length: Math.ceil(rss.length / 60) }, (_, minute) =>
  Math.max(...rss.slice(minute * 60, minute * 60 + 60)),
);
const growth = (perMinute.at(-1) as number) - (perMinute[1] ?? (perMinute[0] as number));
console.log(
  `${packets} packets in ${sent.seconds.toFixed(0)} s: ${Math.round(sent.sent / sent.seconds)} a second`,
);
console.log(
  `accepted ${accepted}, dropped ${dropped}, held ${held} of which ${expired} to the deadline, ${updates} updates`,
);
console.log(
  `resident memory, highest of each minute, MiB: ${perMinute.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(' ')}`,
);
console.log(`kernel: ${JSON.stringify(kernel)}`);

const problems = Object.entries({
  'packets without a verdict': packets - accepted - dropped,
  'packets that the kernel still holds': kernel.waiting,
  'packets that never came': kernel.lastId - packets,
  'packets lost': kernel.queueDropped + kernel.userDropped,
  'verdicts that the kernel refused': last.netlink.rejected,
  'errors of the judge': judgeErrors,
  'bytes of memory growth': growth > FLAT ? growth : 0,
  'kinds of holds that did not happen': (held > expired ? 0 : 1) + (expired > 0 ? 0 : 1),
}).filter(([, count]) => count !== 0);
for (const [what, count] of problems) console.error(`FAILED: ${count} ${what}`);
process.exitCode = problems.length > 0 ? 1 : 0;

async function openSender(index: number): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket('udp4');
  socket.bind(0, `10.3.0.${index}`);
  await once(socket, 'listening');
  return socket;
}
