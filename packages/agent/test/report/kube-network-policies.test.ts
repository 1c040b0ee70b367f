/** The metrics of kube-network-policies: from the reports of queue workers to the text. */
import {
  TRAFFIC_GROUPS,
  TRAFFIC_PROTOCOLS,
  TRAFFIC_TIMES,
  type Traffic,
  type WorkerReport,
} from '@kncompile/nfq-ffi';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { quantileOf } from '../../src/report/kube-network-policies.ts';
import { Metrics } from '../../src/report/metrics.ts';
import { TrafficTotal } from '../../src/report/traffic-total.ts';
import { fakeAgent } from './support.ts';

const PLACES = TRAFFIC_TIMES.length + 1;
const IPV4_TCP = 0;
const IPV6_UDP = TRAFFIC_PROTOCOLS.length + 1;

interface Counted {
  readonly group: number;
  readonly accepted?: number;
  readonly dropped?: number;
  /** Microseconds, of all of them. */
  readonly each: number;
}

function report(queue: number, pid: number, ...groups: readonly Counted[]): WorkerReport {
  const traffic: Traffic = {
    accepted: new Float64Array(TRAFFIC_GROUPS),
    dropped: new Float64Array(TRAFFIC_GROUPS),
    times: new Float64Array(TRAFFIC_GROUPS * PLACES),
    timeSums: new Float64Array(TRAFFIC_GROUPS),
  };
  for (const { group, accepted = 0, dropped = 0, each } of groups) {
    const place = TRAFFIC_TIMES.findIndex((time) => each <= time);
    traffic.accepted[group] = accepted;
    traffic.dropped[group] = dropped;
    traffic.times[group * PLACES + (place < 0 ? TRAFFIC_TIMES.length : place)] = accepted + dropped;
    traffic.timeSums[group] = (accepted + dropped) * each;
  }
  return { queue, pid, traffic } as WorkerReport;
}

function linesOf(text: string, name: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith(`kube_network_policies_${name}`));
}

test('packets by protocol, family and verdict, of workers that are gone too', async () => {
  const agent = await fakeAgent();
  const { traffic } = agent;
  traffic.note(report(100, 1, { group: IPV4_TCP, accepted: 5, each: 8 }));
  traffic.note(report(100, 1, { group: IPV4_TCP, accepted: 7, dropped: 1, each: 8 }));
  traffic.note(report(101, 2, { group: IPV6_UDP, dropped: 2, each: 8 }));
  traffic.note(report(100, 3, { group: IPV4_TCP, accepted: 2, each: 8 }));
  const text = await new Metrics(agent.view, true).text();
  assert.equal(linesOf(text, 'packet_count'), [
    'kube_network_policies_packet_count{protocol="TCP",family="IPv4",verdict="accept"} 9',
    'kube_network_policies_packet_count{protocol="TCP",family="IPv4",verdict="drop"} 1',
    'kube_network_policies_packet_count{protocol="UDP",family="IPv6",verdict="accept"} 0',
    'kube_network_policies_packet_count{protocol="UDP",family="IPv6",verdict="drop"} 2',
  ]);
});

test('the histogram has their bounds, cumulative, in microseconds', async () => {
  const agent = await fakeAgent();
  agent.traffic.note(report(100, 1, { group: IPV4_TCP, accepted: 4, each: 8 }));
  agent.traffic.note(report(101, 2, { group: IPV4_TCP, accepted: 1, each: 3000 }));
  agent.traffic.note(report(102, 3, { group: IPV4_TCP, accepted: 1, each: 2_000_000 }));
  const text = await new Metrics(agent.view, true).text();
  const buckets = linesOf(text, 'packet_process_time_bucket').map((line) => {
    const [, le, value] = /le="([^"]+)",protocol="TCP",family="IPv4"} (\d+)$/.exec(line) ?? [];
    return [le, Number(value)];
  });
  assert.equal(buckets, [
    ['1', 0],
    ['10', 4],
    ['50', 4],
    ['200', 4],
    ['500', 4],
    ['750', 4],
    ['1000', 4],
    ['2000', 4],
    ['5000', 5],
    ['10000', 5],
    ['100000', 5],
    ['+Inf', 6],
  ]);
  const labels = '{protocol="TCP",family="IPv4"}';
  assert.equal(linesOf(text, 'packet_process_time_sum'), [
    `kube_network_policies_packet_process_time_sum${labels} ${4 * 8 + 3000 + 2_000_000}`,
  ]);
  assert.equal(linesOf(text, 'packet_process_time_count'), [
    `kube_network_policies_packet_process_time_count${labels} 6`,
  ]);
});

test('the summary has their quantiles, of the last minutes; without packets they are not numbers', async () => {
  const agent = await fakeAgent();
  let now = 0;
  const view = { ...agent.view, now: () => now };
  const quantiles = async (metrics: Metrics): Promise<readonly number[]> =>
    linesOf(await metrics.text(), 'packet_process_duration_microseconds{quantile=').map((line) =>
      Number(line.split(' ')[1]),
    );
  assert.equal(await quantiles(new Metrics(view, true)), [Number.NaN, Number.NaN, Number.NaN]);
  agent.traffic.note(report(100, 1, { group: IPV4_TCP, accepted: 1000, each: 8 }));
  const metrics = new Metrics(view, true);
  for (const value of await quantiles(metrics)) assert.ok(value > 7 && value <= 10, String(value));
  // Eleven minutes later those are forgotten.
  for (let minute = 0; minute < 11; minute++) {
    now += 60_000;
    await new Promise((resolve) => setTimeout(resolve, 300));
    await metrics.text();
  }
  agent.traffic.note(report(101, 2, { group: IPV4_TCP, accepted: 10, each: 60 }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const value of await quantiles(metrics)) assert.ok(value > 50 && value <= 75, String(value));
});

test('quantiles between bounds', () => {
  const counts = new Float64Array(PLACES);
  counts[0] = 10;
  assert.is(quantileOf(counts, 0.5), 0.5);
  counts[PLACES - 1] = 90;
  assert.is(quantileOf(counts, 0.99), TRAFFIC_TIMES.at(-1));
});

test('before the kernel is reached the names are there, without values', async () => {
  const agent = await fakeAgent();
  agent.isReached = false;
  const text = await new Metrics(agent.view, true).text();
  assert.match(text, /^# TYPE kube_network_policies_packet_count counter$/m);
  assert.equal(linesOf(text, 'packet'), []);
});

test('reports in any order of queues add up', () => {
  const total = new TrafficTotal();
  for (let i = 1; i <= 10; i++)
    for (const queue of [100, 101]) total.note(report(queue, queue, { group: 0, accepted: i, each: 1 }));
  assert.is(total.total.accepted[0], 20);
  assert.is(total.total.timeSums[0], 20);
});

test.run();
