import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { enterNamespace, sh } from '../support/namespace.ts';
import { udpPair } from '../support/udp.ts';

const EXAMPLE = fileURLToPath(new URL('../../example.ts', import.meta.url));
const README = fileURLToPath(new URL('../../README.md', import.meta.url));

test('the README shows the example as it is', () => {
  assert.ok(readFileSync(README, 'utf8').includes(readFileSync(EXAMPLE, 'utf8')));
});

test('the example does what it says', async () => {
  sh('iptables -A OUTPUT -p udp -j NFQUEUE --queue-num 0');
  const [dns, other] = [await udpPair(53), await udpPair(54)];
  const child = spawn(process.execPath, [EXAMPLE], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    await dns.send('query');
    await other.send('something else');
    assert.is(await dns.receive(), 'query');
    assert.is(await other.receive(100), undefined);
  } finally {
    child.kill('SIGKILL');
    dns.close();
    other.close();
  }
});

if (enterNamespace()) test.run();
