/** Clearing stamps in a real conntrack table, of connections to addresses of the loopback device. */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectKernel } from '../../src/kernel/connect.ts';
import { isInside } from './support/inside.ts';
import { nft } from './support/nft.ts';

const MASK = 0xfff0_0000;
const CONNECTIONS = 20_000;

if (isInside(import.meta.url)) {
  addTests();
  test.run();
}

function addTests(): void {
  test.before.each(() => {
    nft('flush ruleset');
    execFileSync('conntrack', ['-F'], { stdio: 'ignore' });
  });

  test('old stamps go, the kept one and the bits of others stay, in both families', async () => {
    await connect('0x00500001', ['127.0.1.1', '::1'], 1);
    await connect('0x00700002', ['127.0.1.2'], 1);
    await connect('0x00000003', ['127.0.1.3'], 1);
    const { conntrack } = await connectKernel();
    assert.is(await conntrack?.clearMarks(MASK, 0x0070_0000), 2);
    assert.equal(marks(), { '127.0.1.1': 1, '::1': 1, '127.0.1.2': 0x0070_0002, '127.0.1.3': 3 });
    assert.is(await conntrack?.clearMarks(MASK, 0), 1);
    assert.equal(marks(), { '127.0.1.1': 1, '::1': 1, '127.0.1.2': 2, '127.0.1.3': 3 });
    assert.is(await conntrack?.clearMarks(MASK, 0), 0);
  });

  test(`${CONNECTIONS} connections, and the event loop goes on`, async () => {
    const targets = Array.from({ length: 200 }, (_, i) => `127.1.0.${i + 1}`);
    await connect('0xfff00000', targets, CONNECTIONS / targets.length);
    // A busy machine loses some of the packets that make them.
    const made = Number(execFileSync('conntrack', ['-C']).toString());
    assert.ok(made > CONNECTIONS / 2, `${made} connections`);
    const { conntrack } = await connectKernel();
    let longest = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const started = performance.now();
    const cleared = await conntrack?.clearMarks(MASK, 0).finally(() => clearInterval(beat));
    assert.is(cleared, made);
    const took = performance.now() - started;
    console.log(`${took.toFixed(0)} ms, at most ${longest.toFixed(0)} ms without a turn`);
    assert.ok(longest < took / 2, `${longest.toFixed(0)} of ${took.toFixed(0)} ms without a turn`);
    assert.is(execFileSync('conntrack', ['-L', '--mark', '0xfff00000'], QUIET).toString(), '');
  });
}

const QUIET: ExecFileSyncOptions = { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 };

/** Sends a packet from so many ports to each address; new connections get the mark. */
async function connect(mark: string, targets: readonly string[], ports: number): Promise<void> {
  nft('flush ruleset');
  nft(`table inet marks {
    chain output {
      type filter hook output priority 0
      ct mark set ${mark}
    }
  }`);
  for (let port = 0; port < ports; port++) {
    for (const family of ['udp4', 'udp6'] as const) {
      const own = targets.filter((target) => target.includes(':') === (family === 'udp6'));
      if (own.length === 0) continue;
      const socket = createSocket(family);
      await Promise.all(own.map((target) => new Promise((resolve) => socket.send('x', 9, target, resolve))));
      socket.close();
    }
  }
  nft('flush ruleset');
}

/** By destination. */
function marks(): Record<string, number> {
  const lines = ['ipv4', 'ipv6'].flatMap((family) =>
    execFileSync('conntrack', ['-L', '-f', family, '-p', 'udp'], QUIET).toString().split('\n'),
  );
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, target = '', mark] = / dst=(\S+) .* mark=(\d+)/.exec(line) ?? [];
      return mark === undefined ? [] : [[target, Number(mark)]];
    }),
  );
}
