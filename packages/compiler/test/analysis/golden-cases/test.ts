import type { CommandCase } from '../../support/command-golden.ts';

const FORMATS = ['text', 'json', 'junit', 'tap'] as const;

const triesOf = (name: string, file: string, exits: number): CommandCase[] =>
  FORMATS.map((format) => ({
    file: `test/${name}.${format}`,
    args: ['test', '--expect', file, '-f', 'fixtures/shop', '-o', format],
    exits,
  }));

export const CASES: readonly CommandCase[] = [
  ...triesOf('met', 'fixtures/shop/expectations.yaml', 0),
  ...triesOf('unmet', 'fixtures/expectations/unmet.yaml', 1),
  ...triesOf('bad', 'fixtures/expectations/bad.yaml', 2),
];
