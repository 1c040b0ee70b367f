/** Real packets that real policies deny: what the log says of them, and how much of it there is. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectKernel } from '../../../src/kernel/connect.ts';
import type { Denial } from '../../../src/report/denial.ts';
import { isInside } from '../../kernel/support/inside.ts';
import { podManifest, policyManifest } from '../../support/api-server/manifests.ts';
import { Run, until } from '../support.ts';

const METRICS = 'http://127.0.0.1:9080/metrics';

const COMMAND = new URL('../../../../compiler/src/cli/main.ts', import.meta.url).pathname;

/** Pods with a network namespace each; this one is their node. */
const PODS = { web: '10.9.1.2', db: '10.9.2.2' };
const netnsOf = (pod: string): string => `kn-denied-${process.pid}-${pod}`;

if (isInside(import.meta.url)) {
  addTests();
  test.run();
}

function addTests(): void {
  const folder = mkdtempSync(join(tmpdir(), 'kncompile-denied-'));
  const running: Run[] = [];
  const start = async (...flags: readonly string[]): Promise<Run> => {
    const objects = [
      ...Object.entries(PODS).map(([name, ip]) => podManifest(name, ip, { app: name })),
      policyManifest('closed', 'db', [{ ports: [{ port: 80 }] }]),
    ];
    writeFileSync(join(folder, 'all.yaml'), objects.map((one) => JSON.stringify(one)).join('\n---\n'));
    const run = new Run([`--source=files:${folder}`, '--node-name=node-a', ...flags]);
    running.push(run);
    await run.says('ready: the kernel holds the intent');
    return run;
  };
  const denials = (run: Run): Denial[] =>
    run.lines.flatMap(({ denied }) => (denied ? [denied as Denial] : []));

  test.before(() => {
    sh('echo 1 > /proc/sys/net/ipv4/ip_forward');
    for (const [pod, address] of Object.entries(PODS)) {
      const [netns, gateway] = [netnsOf(pod), address.replace(/2$/, '1')];
      sh(`ip netns add ${netns} && ip link add ${pod} type veth peer name eth0 netns ${netns}`);
      sh(`ip addr add ${gateway}/24 dev ${pod} && ip link set ${pod} up`);
      sh(`ip -n ${netns} addr add ${address}/24 dev eth0 && ip -n ${netns} link set eth0 up`);
      sh(`ip -n ${netns} route add default via ${gateway}`);
    }
  });
  test.before.each(() => void sh('nft flush ruleset'));
  test.after.each(async () => {
    for (const run of running.splice(0)) await run.kill();
  });
  test.after(() => {
    for (const pod of Object.keys(PODS)) sh(`ip netns del ${netnsOf(pod)}`);
    rmSync(folder, { recursive: true });
  });

  test('a denied packet is a line with pods, port, policy and the command that shows why; an allowed one is none', async () => {
    const run = await start();
    send('web', PODS.db, 53);
    send('db', PODS.web, 99);
    await until('it is logged', () => denials(run).length > 0);
    assert.equal(denials(run), [
      {
        from: 'default/web',
        fromAddress: PODS.web,
        to: 'default/db',
        toAddress: PODS.db,
        protocol: 'UDP',
        port: 53,
        isReply: false,
        direction: 'ingress',
        policy: 'NetworkPolicy default/closed',
        rule: 'none allows it',
        explain: 'kncompile explain default/web default/db:53/UDP',
      },
    ]);
    const [, ...words] = denials(run)[0]?.explain?.split(' ') ?? [];
    const explained = spawnSync(process.execPath, [COMMAND, ...words, '-f', folder], { encoding: 'utf8' });
    assert.match(explained.stdout, /NetworkPolicy default\/closed/, explained.stderr);
    const text = await (await fetch(METRICS)).text();
    assert.match(text, /^kncompile_denied_packets_total 1$/m);
    assert.match(
      text,
      /^kncompile_denied_connections_total\{policy="NetworkPolicy default\/closed",by="kernel"\} 1$/m,
    );
  });

  test('of a flood no more is logged than the rate allows, and all of it is counted', async () => {
    const run = await start('--log-denied=5/minute');
    send('web', PODS.db, ...Array.from({ length: 200 }, (_, i) => 1000 + i));
    await until('all are counted', async () =>
      /^kncompile_denied_packets_total 200$/m.test(await (await fetch(METRICS)).text()),
    );
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { length } = denials(run);
    // nft's limit lets five more through at once.
    assert.ok(length >= 5 && length <= 11, String(length));
  });

  test('off means that the kernel tells nobody', async () => {
    const run = await start('--log-denied=off');
    send('web', PODS.db, 53);
    await until('it is counted', async () =>
      /^kncompile_denied_packets_total 1$/m.test(await (await fetch(METRICS)).text()),
    );
    assert.not.match(sh('nft list table inet kncompile'), /log prefix|limit rate/);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(denials(run), []);
  });

  test('the NFLOG group is taken: it is said, and everything else goes on', async () => {
    const { openLog } = await connectKernel();
    const other = openLog(0x6b6e);
    assert.throws(() => openLog(0x6b6e), /does another program listen there/);
    const run = await start();
    await run.says('denied connections are not logged');
    send('web', PODS.db, 53);
    await until('the other listener hears of it', () => other.read().length > 0);
    other.close();
    openLog(0x6b6e).close();
  });
}

function send(pod: string, to: string, ...ports: readonly number[]): void {
  const packets = `for port in ${ports.join(' ')}; do echo x > /dev/udp/${to}/$port; done`;
  sh(`ip netns exec ${netnsOf(pod)} bash -c '${packets}'`);
}

function sh(command: string): string {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}
