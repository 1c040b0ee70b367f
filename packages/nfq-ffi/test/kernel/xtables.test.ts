import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  hasQueueStatement,
  installXtables,
  removeXtables,
  type Supervisor,
  supervise,
  type WorkerReport,
  type XtablesOptions,
} from '../../src/index.ts';
import { enterNamespace, sh } from '../support/namespace.ts';

const POD = fileURLToPath(new URL('../support/echo-pod.ts', import.meta.url));
const JUDGE = fileURLToPath(new URL('../support/direction-judge.ts', import.meta.url));
const options: XtablesOptions = {
  mark: 0x80000,
  original: { first: 10, last: 11 },
  reply: { first: 12, last: 12 },
  bypass: false,
};

/** nft marks what is to be queued, before the fallback's hook; a rule behind both sees whether the mark is gone. */
const RULES = `
table inet node {
  chain forward { type filter hook forward priority mangle - 1; meta mark set meta mark | 0x80001; }
  chain after { type filter hook postrouting priority 0; meta mark & 0x80001 == 0x1 counter name cleared; meta mark & 0x80000 != 0 counter name left; }
  counter cleared { }
  counter left { }
}`;

/** This namespace is the node; each pod is a process in a namespace of its own, which is gone with it. */
const pods: ChildProcess[] = [];
let supervisor: Supervisor | undefined;
const reports = new Map<number, WorkerReport>();

async function startPod(index: number): Promise<ChildProcess> {
  const address = `10.9.${index}.2`;
  const pod = spawn('unshare', ['--net', process.execPath, POD, 'serve', address], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  pods.push(pod);
  await once(pod.stdout as NodeJS.ReadableStream, 'data');
  sh(`ip link add veth${index} type veth peer name eth0 netns ${pod.pid}
    ip addr add 10.9.${index}.1/24 dev veth${index}; ip link set veth${index} up
    nsenter -t ${pod.pid} -n sh -ec 'ip link set lo up; ip link set eth0 up; ip addr add ${address}/24 dev eth0; ip route add default via 10.9.${index}.1'`);
  pod.stdin?.write('\n');
  await once(pod.stdout as NodeJS.ReadableStream, 'data');
  return pod;
}

/** What the first pod hears from the second one's server. */
function ask(): string {
  const args = ['-t', String(pods[0]?.pid), '-n', process.execPath, POD, 'ask', '10.9.2.2'];
  return spawnSync('nsenter', args, { encoding: 'utf8' }).stdout.trim();
}

const counter = (name: string): number =>
  Number(/packets (\d+)/.exec(sh(`nft list counter inet node ${name}`))?.[1]);
const saved = (): string =>
  sh('iptables-save -t security; ip6tables-save -t security').replaceAll(/^#.*$|\[.*\]$/gm, '');

test.before(async () => {
  sh(`sysctl -qw net.ipv4.ip_forward=1; nft -f - <<'END'\n${RULES}\nEND`);
  for (const index of [1, 2]) await startPod(index);
});
test.after(async () => {
  await supervisor?.stop();
  for (const pod of pods) pod.kill('SIGKILL');
});

test('nft says whether the kernel has the queue statement', () => {
  assert.type(hasQueueStatement(), 'boolean');
});

test('without the fallback the mark alone changes nothing', () => {
  assert.is(ask(), 'answered');
});

test('rules without a listener drop; with bypass they do not', () => {
  installXtables(options);
  assert.is(ask(), 'silence');
  installXtables({ ...options, bypass: true });
  assert.is(ask(), 'answered');
});

test('both directions reach their own queues, and the mark is gone behind them', async () => {
  installXtables(options);
  supervisor = supervise({
    queues: [
      { number: 10, direction: 'original' },
      { number: 11, direction: 'original' },
      { number: 12, direction: 'reply' },
    ],
    judge: JUDGE,
    onReport: (report) => void reports.set(report.queue, report),
  });
  await supervisor.ready;
  sh('nft reset counters table inet node');
  assert.is(ask(), 'answered');
  await supervisor.stop();
  const packets = [10, 11, 12].map((queue) => reports.get(queue)?.counters.packets ?? 0) as [
    number,
    number,
    number,
  ];
  assert.equal([packets[0] + packets[1], packets[2]], [1, 1]);
  assert.equal([counter('cleared'), counter('left')], [2, 0]);
});

test('installing again changes nothing; removing leaves what others made', () => {
  removeXtables();
  sh('iptables -t security -A FORWARD -p 253 -j ACCEPT');
  const before = saved();
  installXtables(options);
  const installed = saved();
  installXtables(options);
  assert.is(saved(), installed);
  installXtables({ ...options, mark: 0x40000 });
  assert.not.match(saved(), '0x80000/0x80000');
  removeXtables();
  removeXtables();
  assert.is(saved(), before);
});

if (enterNamespace()) test.run();
