/** From a packet that the kernel told of to what is said about it. */
import {
  type Address,
  Compiler,
  type ConnectionAttempt,
  DEFAULT_OPTIONS,
  type ModelObject,
  parseObject,
} from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoggedPacket } from '../../src/kernel/nflog.ts';
import { BoundedCounts } from '../../src/report/bounded-counts.ts';
import { attemptOf, type Denial, describeDenial } from '../../src/report/denial.ts';
import { DeniedLog } from '../../src/report/denied-log.ts';
import { createLogger } from '../../src/report/logger.ts';

const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  web: ['10.0.0.1', 'fd00::1'],
  db: ['10.0.0.2', 'fd00::2'],
  'evil; rm -rf /\n\u202e': ['10.0.0.3', 'fd00::3'],
};

const PODS = Object.entries(ADDRESSES).map(([name, ips]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app: name.slice(0, 4) } },
  spec: { nodeName: 'a', containers: [] },
  status: { phase: 'Running', podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) },
}));

const POLICIES = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'db', namespace: 'shop' },
    spec: {
      podSelector: { matchLabels: { app: 'db' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: 5432 }] }],
    },
  },
  {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name: 'guard' },
    spec: {
      priority: 1,
      subject: { namespaces: {} },
      egress: [
        {
          action: 'Deny',
          name: 'no-telnet',
          to: [{ namespaces: {} }],
          ports: [{ portNumber: { protocol: 'TCP', port: 23 } }],
        },
      ],
    },
  },
];

function compilerOf(...raws: readonly object[]): Compiler {
  const compiler = new Compiler({ ...DEFAULT_OPTIONS, node: 'a' });
  for (const raw of raws) compiler.set(parseObject(raw).object as ModelObject);
  compiler.commit();
  return compiler;
}

const COMPILER = compilerOf(...PODS, ...POLICIES);

const at = (name: string, family = 0): Address => ADDRESSES[name]?.[family] as Address;

function denialOf(source: Address, destination: Address, protocol: number, port: number): Denial {
  const attempt: ConnectionAttempt = { source, destination, protocol, port };
  return describeDenial(attempt, COMPILER.judge(attempt), false);
}

function ipv4(source: string, destination: string, protocol: number, transport: readonly number[]): Buffer {
  const quad = (text: string): number[] => text.split('.').map(Number);
  const head = [0x45, 0, 0, 20 + transport.length, 0, 0, 0, 0, 64, protocol, 0, 0];
  return Buffer.from([...head, ...quad(source), ...quad(destination), ...transport]);
}

const udp = (source: number, destination: number): number[] => [
  source >> 8,
  source & 255,
  destination >> 8,
  destination & 255,
  0,
  8,
  0,
  0,
];

test('a rule, and the lack of one', () => {
  const { policy, rule, direction, explain } = denialOf(at('web'), at('db'), 6, 80);
  assert.equal(
    { policy, rule, direction, explain },
    {
      policy: 'NetworkPolicy shop/db',
      rule: 'none allows it',
      direction: 'ingress',
      explain: 'kncompile explain shop/web shop/db:80/TCP',
    },
  );
  const telnet = denialOf(at('db'), at('web'), 6, 23);
  assert.is(telnet.policy, 'AdminNetworkPolicy guard');
  assert.is(telnet.rule, '1 (no-telnet)');
  assert.is(telnet.direction, 'egress');
});

test('addresses that are nobody’s, IPv6, and protocols without ports', () => {
  const outside = denialOf('192.0.2.9' as Address, at('db'), 17, 53);
  assert.is(outside.from, undefined);
  assert.is(outside.explain, 'kncompile explain 192.0.2.9 shop/db:53/UDP');
  const six = denialOf('2001:db8::9' as Address, at('db', 1), 132, 7);
  assert.is(six.explain, 'kncompile explain 2001:db8::9 shop/db:7/SCTP');
  const ping = denialOf(at('web'), at('db'), 1, -1);
  assert.is(ping.port, undefined);
  assert.is(ping.explain, 'kncompile explain shop/web shop/db/ICMP');
  const gre = denialOf(at('web'), at('db'), 47, -1);
  assert.is(gre.protocol, '47');
  assert.is(gre.explain, undefined);
});

test('to an IPv6 address that is nobody’s the port is told apart by brackets', () => {
  const attempt = { source: at('db', 1), destination: '2001:db8::9' as Address, protocol: 6, port: 23 };
  const denial = describeDenial(attempt, COMPILER.judge(attempt), false);
  assert.is(denial.explain, 'kncompile explain shop/db [2001:db8::9]:23/TCP');
});

test('a name that no shell should see is printed and not made part of a command', () => {
  const { from, explain } = denialOf(at('evil; rm -rf /\n\u202e'), at('db'), 6, 80);
  assert.is(from, 'shop/evil; rm -rf /\\u{a}\\u{202e}');
  assert.is(explain, 'kncompile explain 10.0.0.3 shop/db:80/TCP');
});

test('an answer is about the connection that it belongs to', () => {
  const bytes = ipv4('10.0.0.2', '10.0.0.1', 17, udp(80, 40000));
  assert.equal(attemptOf({ prefix: 'reply', bytes }), {
    source: '10.0.0.1',
    destination: '10.0.0.2',
    protocol: 17,
    port: 80,
  });
  assert.equal(attemptOf({ prefix: 'original', bytes }), {
    source: '10.0.0.2',
    destination: '10.0.0.1',
    protocol: 17,
    port: 40000,
  });
});

test('what cannot be read is nobody’s', () => {
  const whole = ipv4('10.0.0.2', '10.0.0.1', 17, udp(80, 40000));
  for (let length = 0; length < 24; length++)
    assert.is(attemptOf({ prefix: 'original', bytes: whole.subarray(0, length) }), undefined, String(length));
});

test('each packet is a line and a count; what nobody denies any more, and garbage, is counted apart', () => {
  const lines: { msg: string; denied: Denial }[] = [];
  const packets: LoggedPacket[] = [
    { prefix: 'original', bytes: ipv4('10.0.0.1', '10.0.0.2', 17, udp(40000, 53)) },
    { prefix: 'reply', bytes: ipv4('10.0.0.2', '10.0.0.1', 17, udp(53, 40000)) },
    { prefix: 'original', bytes: ipv4('10.0.0.2', '10.0.0.1', 17, udp(40000, 53)) },
    { prefix: 'original', bytes: Buffer.from('nonsense') },
  ];
  let closed = false;
  const close = () => {
    closed = true;
  };
  const log = new DeniedLog({
    packets: { read: () => packets.splice(0), close },
    judge: (attempt) => COMPILER.judge(attempt),
    log: createLogger('info', { write: (line) => void lines.push(JSON.parse(line)) }),
    clock: { now: () => 0, after: () => () => undefined },
  });
  log.start();
  log.stop();
  assert.ok(closed);
  assert.equal([...log.byPolicy.entries()], [['NetworkPolicy shop/db', 2]]);
  assert.is(log.unattributed, 2);
  assert.equal(
    lines.map(({ msg }) => msg),
    [
      'denied shop/web -> shop/db UDP 53 by NetworkPolicy shop/db, rule none allows it',
      'denied shop/web -> shop/db UDP 53 by NetworkPolicy shop/db, rule none allows it',
      'denied shop/db -> shop/web UDP 53 by a policy that is no more',
    ],
  );
  assert.equal(
    lines.map(({ denied }) => denied.isReply),
    [false, true, false],
  );
});

test('the first names have a count of their own for good', () => {
  const counts = new BoundedCounts(2);
  for (const name of ['a', 'b', 'c', 'a', 'd', 'b', 'c']) counts.add(name);
  assert.equal(
    [...counts.entries()],
    [
      ['a', 2],
      ['b', 2],
      ['other', 3],
    ],
  );
});

test.run();
