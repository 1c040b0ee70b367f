/** Runs inside the virtual machine; prints what it saw as one line of JSON, which qemu/queue.test.ts checks. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pinToCore } from '../../src/ffi/affinity.ts';
import { hasQueueStatement, supervise, type WorkerReport } from '../../src/index.ts';
import { echoes, startEcho } from './echo.ts';
import { until } from './until.ts';

const RULES = `
table inet guest {
  chain output {
    type filter hook output priority 0
    meta l4proto udp ct direction reply goto reply
    udp dport 5000 goto original
  }
  chain original { queue flags fanout to 0-1; }
  chain reply { queue flags fanout to 2-3; }
}`;
const PATIENCE_MS = 20_000;
const PER_CORE = 5;

const statement = hasQueueStatement();
const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: RULES, encoding: 'utf8' });
if (status !== 0) throw new Error(stderr);

const reports = new Map<number, WorkerReport>();
const pids = new Map<number, number | undefined>();
let starts = 0;
const supervisor = supervise({
  queues: [
    { number: 0, direction: 'original' },
    { number: 1, direction: 'original' },
    { number: 2, direction: 'reply' },
    { number: 3, direction: 'reply' },
  ],
  judge: fileURLToPath(new URL('./direction-judge.ts', import.meta.url)),
  onReport: (report) => void reports.set(report.queue, report),
  onEvent: (event) => {
    if (event.kind !== 'ready') return;
    starts++;
    pids.set(event.queue, event.pid);
  },
});
await supervisor.ready;
const closeEcho = await startEcho('127.0.0.1');

/** Connections from a core; fanout takes the queue of the core that sends. */
async function answered(core: number, count: number): Promise<number> {
  pinToCore(core);
  let good = 0;
  for (let i = 0; i < count; i++) if (await echoes('127.0.0.1', PATIENCE_MS)) good++;
  return good;
}
const firstCore = await answered(0, PER_CORE);
const secondCore = await answered(1, PER_CORE * 2);
const packets = (queue: number): number => reports.get(queue)?.counters.packets ?? 0;
const inOriginal = (): number => packets(0) + packets(1);
await until(
  'the reports',
  () => inOriginal() >= 3 * PER_CORE && packets(2) + packets(3) >= 3 * PER_CORE,
  PATIENCE_MS,
);
const counts = [0, 1, 2, 3].map(packets);

// Traffic goes on while the worker of the core that sends is killed and started again.
pinToCore(0);
let trying = true;
let lost = 0;
const traffic = (async () => {
  while (trying) if (!(await echoes('127.0.0.1', 300))) lost++;
})();
const before = starts;
process.kill(pids.get(0) as number, 'SIGKILL');
await until('the restart', () => starts > before, PATIENCE_MS);
trying = false;
await traffic;
const afterRestart = await answered(0, PER_CORE);

await supervisor.stop();
closeEcho();
console.log(JSON.stringify({ statement, firstCore, secondCore, counts, lost: lost > 0, afterRestart }));
