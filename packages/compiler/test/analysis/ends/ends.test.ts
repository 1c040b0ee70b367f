import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFault } from '../../../src/analysis/ends/fault.ts';
import { formatEnd, parseEnd } from '../../../src/analysis/ends/parse-end.ts';
import { EndResolver } from '../../../src/analysis/ends/resolve-end.ts';
import { formatTransport, parseTarget } from '../../../src/analysis/ends/target.ts';
import { clusterOf } from '../../../src/cluster/cluster.ts';
import type { Node, Pod } from '../../../src/model/types.ts';
import type { Address } from '../../../src/values/address.ts';

const read = (text: string) => {
  const end = parseEnd(text);
  return isFault(end) ? `${end.problem}; ${end.expected}` : end;
};

test('pods, workloads, nodes and addresses', () => {
  assert.equal(read('shop/web-0'), { kind: 'pod', namespace: 'shop', name: 'web-0' });
  const owner = { kind: 'Deployment', name: 'web' };
  assert.equal(read('shop/Deployment/web'), { kind: 'owner', namespace: 'shop', owner });
  assert.equal(read('shop/Pod/web-0'), { kind: 'pod', namespace: 'shop', name: 'web-0' });
  assert.equal(read('node/worker-1'), { kind: 'node', name: 'worker-1' });
  assert.equal(read('10.0.0.1'), { kind: 'address', address: '10.0.0.1' });
  assert.equal(read('FD00:0::1'), { kind: 'address', address: 'fd00::1' });
  assert.equal(read('[fd00::1]'), { kind: 'address', address: 'fd00::1' });
});

test('node/NAME is a Node, whatever namespaces are called', () => {
  assert.equal(read('pod/node/x'), { kind: 'pod', namespace: 'node', name: 'x' });
  assert.equal(read('pod/pod/x'), { kind: 'pod', namespace: 'pod', name: 'x' });
  assert.equal(read('pod/x'), { kind: 'pod', namespace: 'pod', name: 'x' });
  const owner = { kind: 'Deployment', name: 'x' };
  assert.equal(read('node/Deployment/x'), { kind: 'owner', namespace: 'node', owner });
  assert.equal(read('pod/Deployment/x'), { kind: 'owner', namespace: 'pod', owner });
});

test('what names no end', () => {
  const forms = 'namespace/pod, namespace/kind/name, node/NAME or an address';
  for (const text of ['', 'web', '/', 'a/', '/b', 'a//b', 'a/b/c/d', 'shop/web:80'])
    assert.is(read(text), `${JSON.stringify(text)} names no end of a connection; ${forms}`);
  for (const text of [
    '10.0.0.0/8',
    '10.0.0.256',
    '010.0.0.1',
    '[10',
    'fe80::1%eth0',
    'fd00::/64',
    '10.0.0.1:80',
  ])
    assert.match(String(read(text)), `${JSON.stringify(text)} is not an address`);
  for (const text of ['shop/Service/web', 'shop/svc/web', 'web.shop.svc', 'web.shop.svc.cluster.local'])
    assert.match(String(read(text)), 'the pod behind a Service');
});

test('an end as text is read as the same end', () => {
  for (const text of ['shop/web-0', 'pod/node/x', 'pod/x', 'node/a', 'a/Job/b', '::1', '10.0.0.1']) {
    const end = parseEnd(text);
    assert.ok(!isFault(end));
    assert.is(formatEnd(end), text);
    assert.equal(parseEnd(formatEnd(end)), end);
  }
});

const target = (text: string): string => {
  const found = parseTarget(text);
  return isFault(found)
    ? `${found.problem}; ${found.expected}`
    : `${formatEnd(found.end)} ${formatTransport(found.transport)}`;
};

test('ports and protocols', () => {
  assert.is(target('shop/web:80'), 'shop/web TCP 80');
  assert.is(target('shop/web:53/UDP'), 'shop/web UDP 53');
  assert.is(target('shop/web:53/udp'), 'shop/web UDP 53');
  assert.is(target('shop/Deployment/web:65535/SCTP'), 'shop/Deployment/web SCTP 65535');
  assert.is(target('10.0.0.1:1'), '10.0.0.1 TCP 1');
  assert.is(target('[fd00::1]:443'), 'fd00::1 TCP 443');
  assert.is(target('[::ffff:1.2.3.4]:443/UDP'), '::ffff:1.2.3.4 UDP 443');
  assert.is(target('node/a:10250'), 'node/a TCP 10250');
});

test('ICMP has no port', () => {
  assert.is(target('shop/web/ICMP'), 'shop/web ICMP');
  assert.is(target('shop/Deployment/web/ICMP'), 'shop/Deployment/web ICMP');
  assert.is(target('node/a/ICMP'), 'node/a ICMP');
  assert.is(target('fd00::1/ICMP'), 'fd00::1 ICMP');
  assert.is(target('[fd00::1]/ICMP'), 'fd00::1 ICMP');
  assert.match(target('shop/web:80/ICMP'), 'names no end');
  assert.match(target('shop/web:80/icmp'), 'ICMP has no ports');
});

test('targets that cannot be read', () => {
  for (const text of ['', 'shop/web', 'shop/web/TCP', 'fd00::1', '[fd00::1]', '10.0.0.1'])
    assert.match(target(text), `${JSON.stringify(text)} has no port`, text);
  for (const port of ['', '0', '65536', '-1', 'http', '8e1', ' 80'])
    assert.match(target(`shop/web:${port}`), `${JSON.stringify(port)} is no port`);
  assert.match(target('shop/web:80/GRE'), '"GRE" is no protocol');
  assert.match(target('fd00::1:443/UDP'), 'brackets');
  assert.match(target(':80'), '"" names no end');
  assert.match(target('web:80'), '"web" names no end');
  assert.match(target('shop/Service/web:80'), 'Service');
});

const pod = (name: string, addresses: readonly string[], more: Partial<Pod> = {}): Pod => ({
  kind: 'Pod',
  namespace: 'shop',
  name,
  labels: {},
  addresses: addresses as Address[],
  node: 'a',
  hostAddresses: ['192.168.0.1' as Address],
  hostNetwork: false,
  finished: false,
  ports: [],
  owner: { kind: 'Deployment', name: 'web' },
  source: undefined,
  ...more,
});

const node = (name: string, addresses: readonly string[]): Node => ({
  kind: 'Node',
  name,
  labels: {},
  addresses: addresses as Address[],
  podCidrs: [],
  source: undefined,
});

const resolver = new EndResolver(
  clusterOf([
    pod('web-0', ['10.0.0.1', 'fd00::1']),
    pod('web-1', ['10.0.0.2']),
    pod('web-old', ['10.0.0.2'], { finished: true }),
    pod('lost', ['10.0.0.9'], { owner: { kind: 'Pod', name: 'lost' } }),
    pod('winner', ['10.0.0.9'], { owner: { kind: 'Pod', name: 'winner' } }),
    pod('agent', ['192.168.0.1'], { hostNetwork: true, owner: { kind: 'DaemonSet', name: 'agent' } }),
    pod('agent-new', [], {
      hostNetwork: true,
      hostAddresses: [],
      owner: { kind: 'DaemonSet', name: 'agent' },
    }),
    pod('pending', [], { node: undefined, hostAddresses: [], owner: { kind: 'Job', name: 'late' } }),
    pod('done', ['10.0.0.7'], { finished: true, owner: { kind: 'Job', name: 'done' } }),
    node('a', ['192.168.0.1', 'fd01::1']),
    node('bare', []),
  ]),
);

const members = (text: string): string => {
  const end = parseEnd(text);
  const found = isFault(end) ? end : resolver.resolve(end);
  return isFault(found)
    ? `${found.code}: ${found.problem}; ${found.expected}`
    : found.members.map((one) => `${one.kind} ${one.address}`).join(', ');
};

test('the addresses of an end', () => {
  assert.is(members('shop/web-0'), 'pod 10.0.0.1, pod fd00::1');
  assert.is(members('shop/Deployment/web'), 'pod 10.0.0.1, pod fd00::1, pod 10.0.0.2');
  assert.is(members('shop/deployment/web'), members('shop/Deployment/web'));
  assert.is(members('10.0.0.2'), 'pod 10.0.0.2');
  assert.is(members('node/a'), 'node 192.168.0.1, node fd01::1');
  assert.is(members('192.168.0.1'), 'node 192.168.0.1');
  assert.is(members('10.0.0.7'), 'external 10.0.0.7');
  assert.is(members('8.8.8.8'), 'external 8.8.8.8');
});

test('a host-network pod is its node', () => {
  assert.is(members('shop/agent'), 'node 192.168.0.1');
  assert.is(members('shop/agent-new'), 'node 192.168.0.1, node fd01::1');
});

test('ends that the cluster does not have, or that have no address', () => {
  assert.is(
    members('shop/nope'),
    'end-unknown: there is no pod nope in namespace shop; one that the input has',
  );
  assert.match(members('shop/web'), 'perhaps shop/Deployment/web');
  assert.match(members('other/web-0'), 'perhaps shop/web-0');
  assert.match(members('shop/StatefulSet/web'), 'perhaps shop/Deployment/web');
  assert.match(members('shop/Deployment/web-0'), 'perhaps shop/web-0');
  assert.match(members('shop/Deployment/nope'), 'end-unknown: there is no pod of Deployment nope');
  assert.match(members('node/b'), 'end-unknown: there is no node b');
  assert.match(members('node/bare'), 'end-without-address: node bare');
  assert.match(members('shop/done'), 'end-without-address: pod shop/done is finished');
  assert.match(members('shop/Job/done'), 'end-without-address: shop/Job/done is finished');
  assert.match(members('shop/pending'), 'end-without-address: pod shop/pending has no address');
  assert.match(members('shop/lost'), '10.0.0.9 is that of shop/winner');
});

test.run();
