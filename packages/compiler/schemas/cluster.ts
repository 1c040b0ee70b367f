/** The fields that are read of the objects that are no policies. Fields that are not read are not mentioned here. */
import {
  anyMapping,
  flag,
  integer,
  labels,
  list,
  mapping,
  nullable,
  portNumber,
  protocol,
  type Schema,
  text,
} from './parts.ts';

const ownerReferences = list(mapping({ kind: text, name: text, controller: flag }, ['kind', 'name']));

/** Only the ports that have a name are read, and those are validated one by one. */
const container = nullable(mapping({ ports: list(nullable(anyMapping)), restartPolicy: text }));

const podSpec: Record<string, Schema> = {
  nodeName: text,
  hostNetwork: flag,
  containers: list(container),
  initContainers: list(container),
};

const template = mapping({ metadata: mapping({ labels }), spec: mapping(podSpec) });

const count: Schema = integer(0, 2147483647);

const controlled = mapping({ labels, ownerReferences });

export const clusterSchemas = {
  metadata: mapping(
    { name: { type: 'string', minLength: 1, description: 'a string that is not empty' }, namespace: text },
    ['name'],
  ),
  pod: mapping({
    metadata: controlled,
    spec: mapping(podSpec),
    status: mapping({
      phase: text,
      podIP: text,
      podIPs: list(mapping({ ip: text })),
      hostIP: text,
      hostIPs: list(mapping({ ip: text })),
    }),
  }),
  containerPort: mapping({ name: text, containerPort: portNumber, protocol }, ['name', 'containerPort']),
  namespace: mapping({ metadata: mapping({ labels }) }),
  node: mapping({
    metadata: mapping({ labels }),
    spec: mapping({ podCIDR: text, podCIDRs: list(text) }),
    status: mapping({ addresses: list(mapping({ address: text })) }),
  }),
  workload: mapping({ metadata: controlled, spec: mapping({ replicas: count, template }) }),
  job: mapping({
    metadata: controlled,
    spec: mapping({ parallelism: count, completions: count, suspend: flag, template }),
    status: mapping({ completionTime: text, conditions: list(mapping({ type: text, status: text })) }),
  }),
  cronJob: mapping({
    metadata: controlled,
    spec: mapping({
      suspend: flag,
      jobTemplate: mapping({ spec: mapping({ parallelism: count, completions: count, template }) }),
    }),
  }),
} satisfies Record<string, Schema>;
