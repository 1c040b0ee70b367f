import type { CommandCase } from '../../support/command-golden.ts';

export const CASES: readonly CommandCase[] = [
  { file: 'convert/shop.yaml', args: ['convert', '-f', 'fixtures/shop'] },
  { file: 'convert/admin-ports.yaml', args: ['convert', '-f', 'fixtures/admin-ports'] },
  { file: 'convert/admin-peers.yaml', args: ['convert', '-f', 'fixtures/admin-peers'] },
  { file: 'convert/equal-priorities.yaml', args: ['convert', '-f', 'fixtures/equal-priorities'], exits: 2 },
];
