/**
 * Writes docs/metrics.md and docs/flags.md from the tables of the program:  node packages/agent/scripts/docs.ts [--check]
 * `--check` changes nothing and exits 1 when a file is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flag } from '../src/config/flag.ts';
import { FLAGS } from '../src/config/flags.ts';
import { EXIT_CODES } from '../src/exit-codes.ts';
import { KUBE_NETWORK_POLICIES_METRICS, METRICS, type Metric } from '../src/report/metric-table.ts';

const DOCS = join(import.meta.dirname, '../../../docs');

const MADE = '<!-- Made by pnpm docs from the tables in packages/agent/src. -->';

/** The text of each file. */
export const GENERATED: Readonly<Record<string, () => string>> = Object.freeze({
  'metrics.md': metricsPage,
  'flags.md': flagsPage,
});

function metricsPage(): string {
  return `${MADE}
# Metrics of the agent

Served at \`http://NODE:9080/metrics\` (\`--metrics-bind-address\`), in Prometheus' text format. Times are in seconds, memory in
bytes. Labels are bounded: kinds, directions and reasons come from fixed lists, and of policies the first 1000 have a
count of their own.

${tableOf(Object.values(METRICS))}

## For dashboards of kube-network-policies

The names that kube-network-policies uses, with its types, labels and units. \`--kube-network-policies-metrics=false\` turns
them off. They count what comes to the queues: with \`--datapath=kernel\` that is only what the kernel cannot decide.

${tableOf(Object.values(KUBE_NETWORK_POLICIES_METRICS))}
`;
}

function tableOf(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  return table(['name', 'type', 'labels', 'what it says'], rows);
}

function flagsPage(): string {
  const flags: readonly Flag[] = Object.values(FLAGS);
  const sections = [...Map.groupBy(flags, ({ group }) => group)].map(([group, members]) => {
    const rows = members.map((flag) => [
      `\`--${flag.name}${flag.placeholder === undefined ? '' : `=${flag.placeholder}`}\``.replaceAll(
        '|',
        '\\|',
      ),
      flag.default === undefined ? '' : `\`${flag.default}\``,
      flag.environment.map((name) => `\`${name}\``).join(', '),
      flag.describe,
    ]);
    return `## ${group}\n\n${table(['flag', 'default', 'environment', 'what it does'], rows)}`;
  });
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => [code, meaning]);
  return `${MADE}
# Flags of the agent

Every flag is also an environment variable. A flag comes before its variable; an empty variable counts as not set. All
mistakes are reported at once.

${sections.join('\n\n')}

## Exit codes

${table(['code', 'when'], codes)}
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

if (import.meta.main) {
  const isCheck = process.argv.includes('--check');
  for (const [file, make] of Object.entries(GENERATED)) {
    const path = join(DOCS, file);
    if (!isCheck) writeFileSync(path, make());
    else if (readFileSync(path, 'utf8') !== make()) {
      console.error(`docs/${file} does not follow from the tables of the agent: run pnpm docs`);
      process.exitCode = 1;
    }
  }
}
