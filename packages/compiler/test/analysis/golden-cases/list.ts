import type { CommandCase } from '../../support/command-golden.ts';

export const CASES: readonly CommandCase[] = [];
