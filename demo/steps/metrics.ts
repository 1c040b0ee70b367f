import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

/** Name with labels as it is served, and what it says here. */
const SHOWN = [
  ['kncompile_ready', 'the kernel is up to date'],
  ['kncompile_cells', 'decisions in the kernel'],
  ['kncompile_commits_total{kind="delta"}', 'changes, as differences'],
  ['kncompile_denied_packets_total', 'dropped in the kernel'],
  ['kncompile_held_packets_total{fate="held"}', 'had to wait for news'],
  ['kncompile_dns_answers_total{fate="learned"}', 'taught the kernel a name'],
  ['kncompile_drifts_total', 'foreign changes, repaired'],
] as const;

/** A few of the metrics. */
export async function readMetrics(screen: Screen, stage: Stage, withNames: boolean): Promise<void> {
  screen.heading('Some of what Prometheus would read');
  const text = await stage.agent.get('/metrics');
  const values = SHOWN.map(([name]) => metricOf(text, name));
  const width = Math.max(...SHOWN.map(([name]) => name.length));
  screen.show(
    SHOWN.map(
      ([name, meaning], at) => `${name.padEnd(width)} ${String(values[at] ?? '-').padStart(4)}  ${meaning}`,
    ),
  );
  const missing = SHOWN.filter(([name], at) => {
    const isIdle = name.includes('drifts') || (!withNames && name.includes('dns'));
    return values[at] === undefined || (values[at] === 0 && !isIdle);
  });
  screen.expect(
    missing.length === 0 && metricOf(text, 'kncompile_judge_errors_total') === 0,
    missing.length === 0
      ? 'they tell of all of the above'
      : `not counted: ${missing.map(([n]) => n).join(', ')}`,
  );
}

/** Undefined where the metric is not served. */
function metricOf(metrics: string, name: string): number | undefined {
  const line = metrics.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
