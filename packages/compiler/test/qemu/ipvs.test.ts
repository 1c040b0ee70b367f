/** Service traffic through IPVS on Debian's kernel, which has it: judged by the pods' addresses, both ways and both families. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { Compiler } from '../../src/compiler/compiler.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { printRuleset, printTransaction } from '../../src/nft/print.ts';
import { parsed } from '../support/policy-manifest.ts';
import { missingForQemu, runInQemu } from '../support/qemu/qemu.ts';
import { skip } from '../support/skip.ts';

const GUEST = ['ipvs-node.sh', 'ipvs-guest.sh'].map(
  (file) => new URL(`../support/qemu/${file}`, import.meta.url),
);
const MODULES = ['ip_vs', 'ip_vs_rr', 'dummy', 'nft_fib_inet', 'nft_masq', 'nft_chain_nat'];

const POLICIES = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: server, namespace: shop }
spec:
  podSelector: { matchLabels: { app: server } }
  ingress:
  - from: [{ podSelector: { matchLabels: { app: client } } }, { podSelector: { matchLabels: { app: caged } } }]
    ports: [{ port: 8080 }, { port: 8082 }]
  - from: [{ ipBlock: { cidr: 198.51.100.0/24 } }, { ipBlock: { cidr: '2001:db8:2::/64' } }]
    ports: [{ port: 8081 }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: caged, namespace: shop }
spec:
  podSelector: { matchLabels: { app: caged } }
  policyTypes: [Egress]
  egress: [{ to: [{ podSelector: { matchLabels: { app: server } } }] }]
`;
const REVOKED = POLICIES.replace(', { port: 8082 }', '');

const missing = missingForQemu();
if (missing) skip(missing);
else addTests();
test.run();

function addTests(): void {
  test('service traffic through IPVS, both ways', async () => {
    const queue = { first: 0, last: 0 };
    const compiler = new Compiler({
      ...DEFAULT_OPTIONS,
      node: 'a',
      ipvs: true,
      queues: { original: queue, reply: queue },
    });
    for (const object of [...cluster(), ...read(POLICIES)]) compiler.set(object);
    compiler.commit();
    const rules = printRuleset(compiler.ruleset());
    for (const object of read(REVOKED)) compiler.set(object);
    const revoked = printTransaction(compiler.commit());
    const script = [
      'set -e',
      ...[
        ['rules', rules],
        ['revoked', revoked],
      ].map(([name, text]) => `cat > /run/${name} <<'TEXT'\n${text}\nTEXT`),
      ...GUEST.map((file) => readFileSync(file, 'utf8')),
    ].join('\n');
    const { code, output } = await runInQemu(script, { modules: MODULES });
    assert.is(code, 0, output);
    assert.equal(output.trim().split('\n'), EXPECTED, output);
  });
}

const EXPECTED = [
  ...[
    ['caged', 'another service', 'blocked'],
    ['caged', 'its node', 'blocked'],
    ['caged', 'the service', 'passes'],
    ['client', 'another service', 'passes'],
    ['client', 'its node', 'passes'],
    ['client', 'the pod', 'passes'],
    ['client', 'the service', 'passes'],
    ['node', 'the service', 'passes'],
    ['outside', 'the node port', 'blocked'],
    ['outside', 'the open node port', 'passes'],
    ['server', 'its own service', 'passes'],
    ['stranger', 'the pod', 'blocked'],
    ['stranger', 'the service', 'blocked'],
    ['unknown', 'the service while nobody judges', 'blocked'],
    ['unknown', 'the service when a judge accepts', 'passes'],
  ].flatMap(([who, what, result]) => [4, 6].map((family) => `${who} to ${what}, IPv${family}: ${result}`)),
  'revoked: cut',
];

function cluster(): readonly ModelObject[] {
  const names = ['client', 'stranger', 'server', 'caged', 'other'];
  const pods = names.map((name, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app: name } },
    spec: { nodeName: 'a', containers: [] },
    status: {
      phase: 'Running',
      hostIP: '192.0.2.1',
      podIPs: [{ ip: `10.0.0.${index + 1}` }, { ip: `fd00::${index + 1}` }],
    },
  }));
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a' },
    spec: { podCIDRs: ['10.0.0.0/24', 'fd00::/64'] },
    status: { addresses: ['192.0.2.1', '2001:db8::1'].map((address) => ({ type: 'InternalIP', address })) },
  };
  return [node, ...pods].map(parsed);
}

function read(text: string): readonly ModelObject[] {
  return parseAllDocuments(text).map((document) => parsed(document.toJS()));
}
