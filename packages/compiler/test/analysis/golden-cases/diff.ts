import type { CommandCase } from '../../support/command-golden.ts';

const SHOPS = ['fixtures/shop', 'fixtures/shop-next'];

export const CASES: readonly CommandCase[] = [
  { file: 'diff/shop.txt', args: ['diff', ...SHOPS], exits: 1 },
  { file: 'diff/shop.md', args: ['diff', ...SHOPS, '-o', 'md'], exits: 1 },
  { file: 'diff/shop.json', args: ['diff', ...SHOPS, '-o', 'json'], exits: 1 },
  { file: 'diff/shop-node.txt', args: ['diff', ...SHOPS, '--node', 'worker-1'], exits: 1 },
  { file: 'diff/shop-node.md', args: ['diff', ...SHOPS, '--node', 'worker-1', '-o', 'md'], exits: 1 },
  { file: 'diff/shop-filtered.txt', args: ['diff', ...SHOPS, '-n', 'data'], exits: 1 },
  { file: 'diff/shop-turned.txt', args: ['diff', 'fixtures/shop-next', 'fixtures/shop'], exits: 1 },
  { file: 'diff/same.txt', args: ['diff', 'fixtures/shop', 'fixtures/shop'] },
  { file: 'diff/same.md', args: ['diff', 'fixtures/shop', 'fixtures/shop', '-o', 'md'] },
];
