import type { CommandCase } from '../../support/command-golden.ts';

export const CASES: readonly CommandCase[] = [
  { file: 'record/shop.json', args: ['record', '-f', 'fixtures/shop'] },
  { file: 'record/shop-pseudonyms.json', args: ['record', '--pseudonyms', '-f', 'fixtures/shop'] },
];
