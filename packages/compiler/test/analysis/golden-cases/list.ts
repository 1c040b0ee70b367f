import type { CommandCase } from '../../support/command-golden.ts';

/** Formats, by the ends of their files. */
const SHOP: readonly CommandCase[] = [
  ...[
    ['table', 'table'],
    ['text', 'txt'],
    ['json', 'json'],
    ['csv', 'csv'],
    ['md', 'md'],
    ['dot', 'dot'],
    ['mermaid', 'mmd'],
    ['svg', 'svg'],
  ].map(
    ([format, ending]): CommandCase => ({
      file: `list/shop.${ending}`,
      args: ['list', '-f', 'fixtures/shop', '-o', format as string],
    }),
  ),
  { file: 'list/shop-data.txt', args: ['list', '-f', 'fixtures/shop', '-n', 'data', '-o', 'text'] },
  {
    file: 'list/shop-label.txt',
    args: ['list', '-f', 'fixtures/shop', '-n', 'data,shop', '-l', 'tier in (back)', '-o', 'text'],
  },
];

/** Other fixtures, each for what it is about, as text and as data. */
const OTHERS = [
  ...['admin-peers', 'and-versus-or', 'both-directions', 'dual-stack', 'hole-refilled', 'host-network-pods'],
  ...['ipv6-only', 'kubernetes-docs', 'named-ports', 'named-port-behind-block', 'protocols-without-ports'],
  ...['split-owner', 'terminated-pods', 'workload-templates'],
];

const HOSTILE = ['text', 'json', 'csv', 'md', 'dot', 'mermaid', 'svg', 'table'];

export const CASES: readonly CommandCase[] = [
  ...SHOP,
  ...OTHERS.flatMap((name): CommandCase[] => [
    { file: `list/${name}.txt`, args: ['list', '-f', `fixtures/${name}`, '-o', 'text'] },
    { file: `list/${name}.json`, args: ['list', '-f', `fixtures/${name}`, '-o', 'json'] },
  ]),
  ...['csv', 'md', 'dot', 'mermaid', 'svg', 'table'].map(
    (format): CommandCase => ({
      file: `list/split-owner.${format}`,
      args: ['list', '-f', 'fixtures/split-owner', '-o', format],
    }),
  ),
  ...HOSTILE.map(
    (format): CommandCase => ({
      file: `list/hostile-names.${format}`,
      args: ['list', '-f', 'fixtures/hostile-names', '-o', format],
    }),
  ),
  { file: 'list/bad-input.txt', args: ['list', '-f', 'fixtures/bad-input', '-o', 'text'], exits: 2 },
  { file: 'list/nothing.json', args: ['list', '-f', 'fixtures/shop', '-n', 'nowhere', '-o', 'json'] },
  { file: 'list/nothing.svg', args: ['list', '-f', 'fixtures/shop', '-n', 'nowhere', '-o', 'svg'] },
];
