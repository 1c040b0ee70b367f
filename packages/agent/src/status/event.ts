import { createHash } from 'node:crypto';
import type { Observed, Problem } from './observed.ts';
import { bounded, timestamp } from './text.ts';

/** Bytes: what the API takes. */
const LONGEST_MESSAGE = 1024;

/** Of the 253 characters that an object's name may have; the rest is for the digest. */
const LONGEST_PREFIX = 220;

export interface KubeEvent {
  readonly namespace: string;
  readonly name: string;
  readonly body: object;
}

/**
 * The event of a rejected policy. Its name follows from the version of the policy and what is wrong with it: the first node
 * that creates it has told it for all, and an agent that starts again tells nothing twice.
 */
export function rejectionEvent(
  { id, resource, uid, resourceVersion, generation }: Observed,
  { reason, text }: Problem,
  node: string,
  now: Date,
): KubeEvent {
  const namespace = id.namespace === '' ? 'default' : id.namespace;
  const digest = createHash('sha256')
    .update(JSON.stringify([id, uid, generation, text]))
    .digest('hex');
  const name = `${prefixOf(id.name)}.${digest.slice(0, 16)}`;
  const time = timestamp(now);
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: {
      apiVersion: resource.apiVersion,
      kind: id.kind,
      ...(id.namespace !== '' && { namespace: id.namespace }),
      name: id.name,
      uid,
      resourceVersion,
    },
    reason,
    message: bounded(text, LONGEST_MESSAGE),
    type: 'Warning',
    source: { component: 'kncompile', host: node },
    reportingComponent: 'kncompile',
    reportingInstance: node,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
  return { namespace, name, body };
}

/** As much of a name as a longer name may begin with. */
function prefixOf(name: string): string {
  return name.slice(0, LONGEST_PREFIX).replace(/[^a-z0-9]+$/, '');
}
