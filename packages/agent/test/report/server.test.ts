/** The server of the reports, and clients that mean no good. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Metrics } from '../../src/report/metrics.ts';
import { isLoopback, ReportServer } from '../../src/report/server.ts';
import { KINDS } from '../../src/source/source.ts';
import { type FakeAgent, fakeAgent, kindStatus } from './support.ts';

interface Served {
  readonly agent: FakeAgent;
  readonly server: ReportServer;
  readonly port: number;
}

async function served(use: (served: Served) => Promise<void>): Promise<void> {
  const agent = await fakeAgent();
  const server = new ReportServer(agent.view, new Metrics(agent.view, true));
  await server.listen({ host: '127.0.0.1', port: 0 });
  try {
    await use({ agent, server, port: Number(server.address.split(':').at(-1)) });
  } finally {
    await server.close();
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

function ask(port: number, path: string, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends bytes, and resolves with what came back when the server closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let back = '';
    socket.on('data', (chunk) => (back += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(back));
  });
}

test('the four pages, with and without a query; HEAD has no body', () =>
  served(async ({ port }) => {
    const metrics = await ask(port, '/metrics?name[]=x');
    assert.is(metrics.status, 200);
    assert.match(String(metrics.headers['content-type']), /^text\/plain; version=0\.0\.4/);
    assert.match(metrics.body, /^kncompile_ready 1$/m);
    assert.equal([(await ask(port, '/healthz')).body, (await ask(port, '/readyz')).body], ['ok\n', 'ok\n']);
    const state = JSON.parse((await ask(port, '/debug/state')).body);
    assert.is(state.ready, true);
    assert.is(state.sources.length, KINDS.length);
    assert.is(state.size.cells, 14);
    const head = await ask(port, '/metrics', 'HEAD');
    assert.is(head.status, 200);
    assert.is(head.body, '');
    assert.ok(Number(head.headers['content-length']) > 1000);
  }));

test('everything else is not there, and nothing can be changed', () =>
  served(async ({ port }) => {
    for (const path of [
      '/',
      '/metrics/',
      '/debug',
      '/debug/state/..',
      '/%6detrics',
      '//metrics',
      '/readyz/x',
    ])
      assert.is((await ask(port, path)).status, 404, path);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await ask(port, '/metrics', method, 'x'.repeat(1000));
      assert.is(status, 405, method);
      assert.is(headers['allow'], 'GET, HEAD');
    }
  }));

test('ready means that every kind is listed and the last commit succeeded', () =>
  served(async ({ agent, port }) => {
    agent.isReady = false;
    agent.kinds = KINDS.map((kind) => kindStatus(kind, { synced: kind !== 'Pod' && kind !== 'Node' }));
    const waiting = await ask(port, '/readyz');
    assert.is(waiting.status, 503);
    assert.match(waiting.body, /^not listed yet: (Pod, Node|Node, Pod)\n$/);
    agent.kinds = KINDS.map((kind) => kindStatus(kind));
    agent.stats.inStep = false;
    assert.is((await ask(port, '/readyz')).body, 'the last commit has not succeeded\n');
    agent.isReached = false;
    agent.problem = 'nft is not installed';
    assert.is((await ask(port, '/readyz')).body, 'nft is not installed\n');
    assert.is((await ask(port, '/healthz')).status, 200, 'it is alive all the same');
    assert.is(JSON.parse((await ask(port, '/debug/state')).body).notReady[0], 'nft is not installed');
    assert.is((await ask(port, '/metrics')).status, 200);
  }));

test('a page that fails fails alone', () =>
  served(async ({ agent, port }) => {
    Object.assign(agent.view, {
      kinds: () => {
        throw new Error('broken');
      },
    });
    assert.is((await ask(port, '/debug/state')).status, 500);
    assert.is((await ask(port, '/metrics')).status, 500);
    assert.is((await ask(port, '/healthz')).status, 200);
  }));

test('names from the cluster leave the debug state as printable ASCII', () =>
  served(async ({ agent, port }) => {
    const hostile = 'a\u009b2J\u202eb\u001bc';
    agent.kinds = [kindStatus('Pod', { problem: hostile })];
    const { body } = await ask(port, '/debug/state');
    assert.match(body, /^[\n -~]+$/);
    assert.is(JSON.parse(body).sources[0].problem, hostile);
  }));

test('the debug state is for connections from this machine', () => {
  for (const own of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) assert.ok(isLoopback(own), own);
  for (const other of [
    '10.0.0.1',
    '::ffff:10.0.0.1',
    'fe80::1',
    '::',
    '1127.0.0.1',
    '::ffff:128.0.0.1',
    undefined,
  ])
    assert.not.ok(isLoopback(other), String(other));
});

test('half a request, garbage, long headers and many connections: others are served', () =>
  served(async ({ port }) => {
    const idle = Array.from({ length: 40 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    const slow = connect(port, '127.0.0.1', () => slow.write('GET /metrics HT'));
    slow.on('error', () => undefined);
    assert.match(await raw(port, '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'), /^HTTP\/1.1 400 /);
    assert.match(await raw(port, `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1.1 431 /);
    // Says that much will come, and is not waited for.
    const post = 'POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n';
    assert.match(await raw(port, post), /^HTTP\/1.1 405 /);
    for (let i = 0; i < 3; i++) assert.is((await ask(port, '/healthz')).status, 200);
    for (const socket of [...idle, slow]) socket.destroy();
  }));

test('who begins a request and does not end it is cut off', () =>
  served(async ({ port }) => {
    const started = performance.now();
    const back = await raw(port, 'GET /metrics HTTP/1.1\r\nx: ');
    assert.match(back, /^(HTTP\/1.1 408 |$)/);
    assert.ok(performance.now() - started < 15_000);
  }));

test('who goes away in the middle of an answer harms nobody', () =>
  served(async ({ port }) => {
    for (let i = 0; i < 20; i++) {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(10));
        socket.resetAndDestroy();
      });
      socket.on('error', () => undefined);
    }
    await sleep(50);
    assert.is((await ask(port, '/metrics')).status, 200);
  }));

test('an address that cannot be had is said in words', () =>
  served(async ({ agent, port }) => {
    const other = new ReportServer(agent.view, new Metrics(agent.view, true));
    const whyNot = async (host: string, wanted: number): Promise<string> =>
      other.listen({ host, port: wanted }).then(
        () => 'listens',
        (error: Error) => error.message,
      );
    assert.is(await whyNot('127.0.0.1', port), `127.0.0.1 port ${port} is taken by another program`);
    assert.is(await whyNot('192.0.2.1', 0), '192.0.2.1 port 0 is no address of this machine');
    await other.close();
  }));

test.run();
