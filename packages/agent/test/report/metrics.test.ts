import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KUBE_NETWORK_POLICIES_METRICS, METRICS, type Metric } from '../../src/report/metric-table.ts';
import { Metrics } from '../../src/report/metrics.ts';
import { fakeAgent } from './support.ts';

const OWN: readonly Metric[] = Object.values(METRICS);
const THEIRS: readonly Metric[] = Object.values(KUBE_NETWORK_POLICIES_METRICS);

/** Longer than a text is kept. */
const LATER_MS = 300;

function typesIn(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name as string, type as string]),
  );
}

function sampleOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

test('every metric of the table is served, with its type', async () => {
  const { view } = await fakeAgent();
  const types = typesIn(await new Metrics(view, true).text());
  for (const { name, type } of [...OWN, ...THEIRS]) assert.is(types.get(name), type, name);
  assert.is(types.size, OWN.length + THEIRS.length, 'and no other');
});

test('every way past us has its series, whether it was found or not', async () => {
  const { view } = await fakeAgent();
  const text = await new Metrics(view, true).text();
  assert.is(sampleOf(text, 'kncompile_unenforced_paths{reason="foreign-flowtable"}'), 1);
  assert.is(sampleOf(text, 'kncompile_unenforced_paths{reason="bridge-without-netfilter"}'), 0);
  // Nothing passes unjudged for this one.
  assert.is(sampleOf(text, 'kncompile_unenforced_paths{reason="no-queue-statement"}'), undefined);
});

test('a flag turns the names of kube-network-policies off', async () => {
  const { view } = await fakeAgent();
  const text = await new Metrics(view, false).text();
  assert.not.match(text, /kube_network_policies/);
  assert.match(text, /^kncompile_ready 1$/m);
});

test('names are as Prometheus wants them: base units, _total for counters alone', () => {
  for (const { name, type, help } of OWN) {
    assert.match(name, /^(kncompile|process)_[a-z_]+$/);
    assert.is(name.endsWith('_total'), type === 'counter', name);
    assert.not.match(name, /_(ms|milliseconds|microseconds|kb|mb)(_|$)/);
    assert.ok(help.length > 0 && !help.includes('\n'), name);
  }
  for (const { name } of THEIRS) assert.ok(name.startsWith('kube_network_policies_'), name);
});

test('before the kernel is reached there is something to see, too', async () => {
  const agent = await fakeAgent();
  agent.isReached = false;
  agent.isReady = false;
  const text = await new Metrics(agent.view, true).text();
  assert.is(sampleOf(text, 'kncompile_ready'), 0);
  assert.is(sampleOf(text, 'kncompile_objects{kind="Pod"}'), 3);
  assert.is(sampleOf(text, 'kncompile_last_successful_sync_timestamp_seconds'), 0);
});

test('times of commits in seconds, the last success by the clock on the wall', async () => {
  const { view } = await fakeAgent();
  const metrics = new Metrics(view, true);
  metrics.noteCommit({ kind: 'delta', compileMs: 2, applyMs: 30, eventToCommitMs: 40 });
  metrics.noteCommit({ kind: 'repair', compileMs: 2, applyMs: 30, eventToCommitMs: undefined });
  const text = await metrics.text();
  assert.is(sampleOf(text, 'kncompile_compile_duration_seconds_sum'), 0.004);
  assert.is(sampleOf(text, 'kncompile_commit_duration_seconds_sum{kind="delta"}'), 0.03);
  assert.is(sampleOf(text, 'kncompile_event_to_commit_seconds_count'), 1);
  assert.is(sampleOf(text, 'kncompile_commits_total{kind="delta"}'), 1);
  // Two seconds ago by the agent's clock.
  const age = Date.now() / 1000 - (sampleOf(text, 'kncompile_last_successful_sync_timestamp_seconds') ?? 0);
  assert.ok(age > 1.5 && age < 5, String(age));
});

test('counters never go back, whatever the count that they show does', async () => {
  const agent = await fakeAgent();
  const metrics = new Metrics(agent.view, true);
  const seen: (number | undefined)[] = [];
  // The chain is filled anew in between, and its counter begins again.
  for (const packets of [10, 15, 4, undefined, 6]) {
    agent.deniedPackets = packets;
    seen.push(sampleOf(await metrics.text(), 'kncompile_denied_packets_total'));
    await sleep(LATER_MS);
  }
  assert.equal(seen, [10, 15, 19, 19, 21]);
});

test('two agents in one process do not count for each other', async () => {
  const [one, two] = [await fakeAgent(), await fakeAgent()];
  one.stats.events = 5;
  const text = async (agent: typeof one): Promise<string> => new Metrics(agent.view, true).text();
  assert.is(sampleOf(await text(one), 'kncompile_events_total'), 5);
  assert.is(sampleOf(await text(two), 'kncompile_events_total'), 0);
});

test('what became of DNS answers, and what was learned from them', async () => {
  const agent = await fakeAgent();
  agent.judge.dnsAnswers = { learned: 5, empty: 4, unasked: 3, malformed: 2, refused: 1 };
  agent.stats.learnedNames = 7;
  const text = await new Metrics(agent.view, true).text();
  for (const [fate, count] of Object.entries(agent.judge.dnsAnswers))
    assert.is(sampleOf(text, `kncompile_dns_answers_total{fate="${fate}"}`), count);
  assert.is(sampleOf(text, 'kncompile_learned_names_total'), 7);
});

test('denials by policy: at most 200 names, then other; names cannot break the format', async () => {
  const agent = await fakeAgent();
  agent.byPolicy.add('NetworkPolicy default/"}\n# evil \\');
  for (let i = 0; i < 400; i++) agent.byPolicy.add(`NetworkPolicy default/p${i}`);
  agent.byPolicy.add('NetworkPolicy default/p0');
  agent.judge.denied = new Map([['NetworkPolicy default/judged', 3]]);
  const text = await new Metrics(agent.view, true).text();
  const series = text.split('\n').filter((line) => line.startsWith('kncompile_denied_connections_total{'));
  assert.is(series.length, 202);
  assert.is(sampleOf(text, 'kncompile_denied_connections_total{policy="other",by="kernel"}'), 201);
  assert.is(
    sampleOf(text, 'kncompile_denied_connections_total{policy="NetworkPolicy default/p0",by="kernel"}'),
    2,
  );
  assert.is(
    sampleOf(text, 'kncompile_denied_connections_total{policy="NetworkPolicy default/judged",by="agent"}'),
    3,
  );
  assert.ok(text.includes('policy="NetworkPolicy default/\\"}\\\\u{a}# evil \\\\"'));
  assert.not.match(text, /^# evil/m);
});

test('whoever asks many times at once costs one reading', async () => {
  const agent = await fakeAgent();
  let readings = 0;
  const kinds = () => {
    readings++;
    return agent.kinds;
  };
  const view = { ...agent.view, kinds };
  const metrics = new Metrics(view, true);
  const texts = await Promise.all(Array.from({ length: 100 }, () => metrics.text()));
  assert.is(new Set(texts).size, 1);
  assert.is(readings, 1);
});

test.run();
