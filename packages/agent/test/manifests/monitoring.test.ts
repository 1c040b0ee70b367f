import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KUBE_NETWORK_POLICIES_METRICS, METRICS, type Metric } from '../../src/report/metric-table.ts';
import { daemonSetOf, MANIFESTS, objectsOf } from './rendered.ts';

interface Alerts {
  readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
}
interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary?: string; readonly description?: string };
}
interface Panel {
  readonly type: string;
  readonly title: string;
  readonly fieldConfig: { readonly defaults: { readonly thresholds?: object } };
  readonly targets: readonly {
    readonly expr: string;
    readonly legendFormat: string;
    readonly interval?: string;
  }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

const ALL: readonly Metric[] = [...Object.values(METRICS), ...Object.values(KUBE_NETWORK_POLICIES_METRICS)];
const BY_NAME = new Map(ALL.map((metric) => [metric.name, metric]));

/** Labels that Prometheus, or the ServiceMonitor, adds. */
const ADDED = ['instance', 'job', 'node', 'le'];

const alerts = (
  objectsOf('monitoring.yaml').find(({ kind }) => kind === 'PrometheusRule') as unknown as Alerts
).spec.groups.flatMap(({ rules }) => rules);
const { panels } = JSON.parse(readFileSync(join(MANIFESTS, 'grafana-dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};

/** What is wrong with the metrics that an expression names, and the labels that it and its texts use. */
function problemsOf(expression: string, ...texts: readonly string[]): string[] {
  const names = expression.match(/\b(?:kncompile|kube_network_policies|process)_[a-z_]+/g) ?? [];
  const metrics = names.map(
    (name) => BY_NAME.get(name) ?? BY_NAME.get(name.replace(/_(bucket|sum|count)$/, '')),
  );
  const unknown = names.filter((_, i) => metrics[i] === undefined);
  const known = new Set([...ADDED, ...metrics.flatMap((metric) => metric?.labels ?? [])]);
  const used = [
    ...[...expression.matchAll(/by \(([a-z, ]+)\)/g)].flatMap(([, list]) => list?.split(/, */) ?? []),
    ...[...expression.matchAll(/([a-z]+)=~?"/g)].map(([, label]) => label ?? ''),
    ...texts.flatMap((text) =>
      [...text.matchAll(/\$labels\.([a-z_]+)|\{\{([a-z]+)\}\}/g)].map(([, a, b]) => a ?? b ?? ''),
    ),
  ];
  return [
    ...unknown.map((name) => `${name}: no such metric`),
    ...used.filter((label) => !known.has(label)).map((label) => `${label}: no such label`),
  ];
}

for (const { alert, expr, annotations } of alerts)
  test(`the alert ${alert} asks for what the agent serves`, () => {
    assert.equal(problemsOf(expr, annotations.summary ?? '', annotations.description ?? ''), []);
    assert.ok(annotations.summary && annotations.description);
    assert.ok(/kncompile_|kube_network_policies_|up\{/.test(expr), 'the expression names a metric');
  });

test('docs/troubleshooting.md says of each alert what to look at', () => {
  const page = readFileSync(join(MANIFESTS, '../docs/troubleshooting.md'), 'utf8');
  const documented = [...page.matchAll(/^\| (Kncompile\w+) \|/gm)].map(([, name]) => name);
  assert.equal(
    documented,
    alerts.map(({ alert }) => alert),
  );
});

for (const { title, targets } of panels)
  test(`the panel "${title}" shows what the agent serves`, () => {
    for (const { expr, legendFormat } of targets) assert.equal(problemsOf(expr, legendFormat), []);
  });

test('every number has its own thresholds: those of Grafana turn red at 80', () => {
  const numbers = panels.filter(({ type }) => type === 'stat');
  assert.ok(numbers.length > 0);
  for (const { title, fieldConfig } of numbers) assert.ok(fieldConfig.defaults.thresholds, title);
});

test('no rate is taken over less time than Prometheus needs to ask twice', () => {
  const monitor = objectsOf('monitoring.yaml').find(({ kind }) => kind === 'ServiceMonitor') as unknown as {
    readonly spec: { readonly endpoints: readonly { readonly interval: string }[] };
  };
  const rates = panels
    .flatMap(({ targets }) => targets)
    .filter(({ expr }) => expr.includes('$__rate_interval'));
  assert.ok(rates.length > 0);
  // From it Grafana makes $__rate_interval: at least four times as long.
  for (const { expr, interval } of rates) assert.is(interval, monitor.spec.endpoints[0]?.interval, expr);
});

test('no panel covers another', () => {
  for (const [i, { gridPos: a }] of panels.entries())
    for (const { gridPos: b } of panels.slice(i + 1))
      assert.ok(a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y);
});

test('the service finds the pods of the DaemonSet', () => {
  const service = objectsOf('monitoring.yaml').find(({ kind }) => kind === 'Service') as unknown as {
    readonly spec: { readonly selector: object; readonly ports: readonly { readonly targetPort: string }[] };
  };
  const daemonSet = daemonSetOf('install.yaml');
  assert.equal(service.spec.selector, daemonSet.spec?.selector.matchLabels);
  const [container] = daemonSet.spec?.template.spec?.containers ?? [];
  assert.ok(container?.ports?.some(({ name }) => name === service.spec.ports[0]?.targetPort));
});

test('a metric or label that does not exist is found', () => {
  assert.equal(problemsOf('sum by (colour) (kncompile_redy)'), [
    'kncompile_redy: no such metric',
    'colour: no such label',
  ]);
});

test.run();
