/** What became of connections that both of their ends have reported on. */
import * as assert from 'uvu/assert';
import type { Flow, FlowEnd } from './protocol.ts';
import { readTopology } from './topology.ts';

/** Addresses of the node under test. */
const NODE_ADDRESSES: ReadonlySet<string> = new Set(
  readTopology()
    .filter(({ kind }) => kind === 'own node')
    .flatMap(({ addresses }) => Object.values(addresses)),
);

/**
 * Both ends sent before and after; nothing sent after `since` (`monotonicMs`) arrived. What the node itself sends to its
 * pods is never judged (S41), so of a connection to the own node only the pod's half ends.
 */
export function assertCut(doomed: readonly Flow[], ends: readonly FlowEnd[], since: number): void {
  for (const { sent, heard, what, byNode } of halves(doomed, ends)) {
    if (byNode) continue;
    assert.ok(heard.received > 0, `${what}: nothing arrived before the commit`);
    assert.ok(sent.sent > heard.received, `${what}: nothing was sent after the commit`);
    const late = heard.newest - since;
    assert.ok(late <= 0, `${what}: a message sent ${late.toFixed(1)} ms after the commit arrived`);
  }
}

/** Everything sent arrived. */
export function assertWhole(spared: readonly Flow[], ends: readonly FlowEnd[]): void {
  for (const { sent, heard, what } of halves(spared, ends)) {
    assert.ok(sent.sent > 0, `${what}: nothing was sent`);
    assert.is(heard.received, sent.sent, `${what}: lost ${sent.sent - heard.received} of ${sent.sent}`);
  }
}

/** One direction of a connection in which messages flow, with the counts of both ends. */
interface Half {
  readonly what: string;
  readonly byNode: boolean;
  readonly sent: FlowEnd;
  readonly heard: FlowEnd;
}

function halves(flows: readonly Flow[], ends: readonly FlowEnd[]): readonly Half[] {
  const byEnd = new Map(ends.map((end) => [`${end.id} ${end.end}`, end]));
  const end = (flow: Flow, side: FlowEnd['end']): FlowEnd => {
    const found = byEnd.get(`${flow.id} ${side}`);
    if (!found) throw new Error(`${flow.id}: the ${side} reports nothing`);
    return found;
  };
  return flows.flatMap((flow) => {
    const [client, server] = [end(flow, 'client'), end(flow, 'server')];
    const isBy = (address: string): boolean => NODE_ADDRESSES.has(address);
    const forth: Half = {
      what: `${flow.id}, to the server`,
      sent: client,
      heard: server,
      byNode: isBy(flow.from),
    };
    const back: Half = {
      what: `${flow.id}, to the client`,
      sent: server,
      heard: client,
      byNode: isBy(flow.to),
    };
    if (flow.sender === 'both') return [forth, back];
    return flow.sender === 'client' ? [forth] : [back];
  });
}
