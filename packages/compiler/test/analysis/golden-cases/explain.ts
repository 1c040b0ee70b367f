import type { CommandCase } from '../../support/command-golden.ts';

const explain = (name: string, ...words: string[]): CommandCase => ({
  file: `explain/${name}`,
  args: ['explain', ...words, '-f', 'fixtures/shop'],
});

export const CASES: readonly CommandCase[] = [
  explain('denied.txt', 'shop/web-0', 'data/orders-0:5432'),
  explain('denied.json', 'shop/web-0', 'data/orders-0:5432', '-o', 'json'),
  explain('allowed.txt', 'shop/Deployment/checkout', 'data/StatefulSet/orders:5432'),
  explain('by-port.txt', 'shop/cart-0', '[fd00:10:244:1::4336:1e7a]:5432'),
  explain('outside.txt', 'shop/cart-0', '203.0.113.7:443'),
  explain('ping.txt', '203.0.113.7', 'shop/Deployment/web/ICMP'),
  explain('from-node.txt', 'node/worker-1', 'data/StatefulSet/orders:5432'),
  explain('host-network.txt', 'monitoring/DaemonSet/node-exporter', 'data/orders-0:9187'),
  explain('itself.txt', 'shop/web-0', 'shop/web-0:8080'),
  {
    file: 'explain/unresolved.txt',
    args: ['explain', 'default/web', '192.0.2.10:443', '-f', 'fixtures/domain-names'],
  },
];
