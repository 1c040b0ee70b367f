import type { CommandCase } from '../../support/command-golden.ts';

const SHOP = ['lint', '-f', 'fixtures/shop'];
const MISTAKES = ['lint', '-f', 'fixtures/lint'];

export const CASES: readonly CommandCase[] = [
  { file: 'lint/shop.txt', args: SHOP, exits: 1 },
  { file: 'lint/shop.json', args: [...SHOP, '-o', 'json'], exits: 1 },
  { file: 'lint/shop.sarif', args: [...SHOP, '-o', 'sarif'], exits: 1 },
  { file: 'lint/shop-namespace.txt', args: [...SHOP, '-n', 'monitoring'] },
  { file: 'lint/mistakes.txt', args: MISTAKES, exits: 1 },
  { file: 'lint/mistakes.json', args: [...MISTAKES, '-o', 'json'], exits: 1 },
  { file: 'lint/mistakes.sarif', args: [...MISTAKES, '-o', 'sarif'], exits: 1 },
  { file: 'lint/nothing.txt', args: ['lint', '-f', 'fixtures/equal-priorities', '-n', 'nobody'] },
  { file: 'lint/hostile-names.txt', args: ['lint', '-f', 'fixtures/hostile-names'] },
  { file: 'lint/bad-input.json', args: ['lint', '-f', 'fixtures/rejected-policy', '-o', 'json'], exits: 2 },
];
