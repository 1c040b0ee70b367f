import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Lab } from '../support/lab/lab.ts';
import type { Flow, Probe } from '../support/lab/protocol.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { ROUTER } from '../support/lab/topology.ts';
import { countRulesPassed } from '../support/lab/trace.ts';
import { skip } from '../support/skip.ts';

// The lab itself, without the compiler: what it reports must be what the kernel did.

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests(await Lab.create());
test.run();

function addTests(lab: Lab): void {
  test.after(() => lab.close());
  test.before.each(() => lab.reset());

  const web = () => lab.endpoint('shop/web-0').addresses;
  const db = () => lab.endpoint('shop/db').addresses;
  const probe = (protocol: Probe['protocol'], port: number): Probe => ({
    protocol,
    from: web()[4],
    to: db()[4],
    port,
  });

  test('tells apart what answers, what is silent and what is refused', async () => {
    lab.nft(`table inet lab { chain forward {
      type filter hook forward priority 0;
      tcp dport 80 drop
      udp dport 80 drop
      icmp type echo-request drop
    }; }`);
    const dropped = await lab.probe([probe('TCP', 80), probe('UDP', 80), probe('ICMP', 0)]);
    assert.equal(dropped, ['silent', 'silent', 'silent']);
    const closed = await lab.probe([probe('TCP', 9), probe('UDP', 9)]);
    assert.equal(closed, ['refused', 'refused']);
    const answered = await lab.probe([
      probe('TCP', 443),
      probe('UDP', 443),
      { ...probe('ICMP', 0), from: db()[4] },
    ]);
    assert.equal(answered, ['open', 'open', 'open']);
  });

  test('a flow counts what arrives, and knows what was sent after a moment', async () => {
    const flow = (id: string, protocol: Flow['protocol'], sender: Flow['sender']): Flow => ({
      id,
      protocol,
      from: web()[6],
      to: db()[6],
      port: 80,
      sender,
    });
    await lab.openFlows([flow('tcp', 'TCP', 'both'), flow('udp', 'UDP', 'server')], 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ends = await lab.hushFlows();
    await lab.closeFlows();
    const end = (id: string, side: string) => ends.find((each) => each.id === id && each.end === side);
    assert.is(ends.length, 4);
    assert.ok((end('tcp', 'client')?.sent ?? 0) > 10);
    assert.is(end('tcp', 'client')?.received, end('tcp', 'server')?.sent);
    assert.is(end('tcp', 'server')?.received, end('tcp', 'client')?.sent);
    assert.is(end('udp', 'client')?.sent, 0);
    assert.ok((end('udp', 'server')?.sent ?? 0) > 10);
    assert.is(end('udp', 'client')?.received, end('udp', 'server')?.sent);
  });

  test('counts the rules that a packet is held against, in every way through the chains', async () => {
    lab.nft(`table inet kncompile {
      chain last { counter; accept; }
      chain side { ip daddr 10.244.1.13 drop; meta mark 77 return; meta mark 78 return; }
      chain main {
        ip daddr 10.244.1.14 udp dport 80 drop
        ip daddr 10.244.1.14 jump side
        meta mark 77 return
        ip daddr 10.244.1.14 udp dport 8080 jump side
        ip daddr 10.244.1.14 udp dport 8443 return
        goto last
      }
      chain forward { type filter hook forward priority 0; ct mark 5 accept; ct direction original goto main; }
    }`);
    const ports = [80, 443, 8080, 8443];
    const counts = await countRulesPassed(
      lab,
      ports.map((port) => probe('UDP', port)),
    );
    assert.equal(counts, [2 + 1, 2 + 2 + 3 + 4 + 2, 2 + 2 + 3 + 2 + 3 + 2 + 2, 2 + 2 + 3 + 3]);
    assert.not.match(lab.exec(ROUTER, 'nft', ['list', 'tables']), 'kntrace');
  });

  test('a run that is interrupted or killed leaves nothing behind for good', async () => {
    const namespaces = () => spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout;
    const script = `
      const { Lab } = await import(${JSON.stringify(import.meta.resolve('../support/lab/lab.ts'))});
      await Lab.create();
      console.log('up');`;
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      assert.match(namespaces(), `kn${child.pid}-`);
      child.kill(signal);
      await once(child, 'close');
      if (signal === 'SIGKILL') await (await Lab.create()).close();
      assert.not.match(namespaces(), `kn${child.pid}-`, signal);
    }
    assert.match(namespaces(), `kn${process.pid}-`, 'the lab of a living run stays');
  });
}
