/** A cluster of 1,000 workloads with 200 policies, as manifests of its workloads and as a recording of its 10,000 pods. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listText, recordCluster } from '../src/analysis/recording/recording.ts';
import type { ModelObject, Pod } from '../src/model/types.ts';
import { isPolicy } from '../src/objects/parse.ts';
import { policyManifest } from '../test/support/policy-manifest.ts';
import { generateCluster } from './generate.ts';

export interface AnalysisInputs {
  /** JSON, one object a line. */
  readonly recording: string;
  /** YAML: Deployments, policies, namespaces and nodes, as people keep them. */
  readonly manifests: string;
  /** Two pods between which policies decide. */
  readonly from: string;
  readonly to: string;
}

export function writeInputs(folder: string, pods: number, policies: number): AnalysisInputs {
  const objects = generateCluster({ pods, policies });
  const raws = objects.filter(isPolicy).map((policy) => {
    const { kind, namespace, name } = policy;
    return { ref: { kind, namespace, name }, raw: policyManifest(policy), rejected: false };
  });
  const recording = join(folder, 'recording.json');
  writeFileSync(recording, listText(recordCluster(objects, raws, false).manifests));
  const manifests = join(folder, 'manifests.yaml');
  const others = objects.filter(({ kind }) => kind === 'Namespace' || kind === 'Node');
  const rest = [...raws.map(({ raw }) => raw), ...recordCluster(others, [], false).manifests];
  writeFileSync(manifests, [...deployments(objects), ...rest.map((raw) => yamlOf(raw))].join('---\n'));
  const ends = objects.filter((object): object is Pod => object.kind === 'Pod');
  const nameOf = (pod: Pod | undefined): string => `${pod?.namespace}/${pod?.name}`;
  return { recording, manifests, from: nameOf(ends[0]), to: nameOf(ends[11]) };
}

function deployments(objects: readonly ModelObject[]): string[] {
  const pods = objects.filter((object): object is Pod => object.kind === 'Pod');
  const byOwner = Map.groupBy(pods, ({ namespace, owner }) => `${namespace}/${owner.name}`);
  return [...byOwner.values()].map((owned) => {
    const { namespace, owner, labels, ports } = owned[0] as Pod;
    const containers = [
      {
        name: 'main',
        image: 'registry.example.com/app:1',
        ports: ports.map(({ name, port }) => ({ name, containerPort: port })),
      },
    ];
    return yamlOf({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: owner.name, namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: labels['app'] } },
        template: { metadata: { labels }, spec: { containers } },
      },
    });
  });
}

/** Block style, as people write it. Every scalar is quoted where JSON would quote it. */
function yamlOf(value: unknown): string {
  return `${linesOf(value).join('\n')}\n`;
}

function linesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)];
  const entries = Object.entries(value);
  if (entries.length === 0) return [Array.isArray(value) ? '[]' : '{}'];
  return entries.flatMap(([key, inner]) => {
    const lines = linesOf(inner);
    const nested = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0;
    if (Array.isArray(value)) return lines.map((line, at) => (at === 0 ? `- ${line}` : `  ${line}`));
    const name = JSON.stringify(key);
    return nested ? [`${name}:`, ...lines.map((line) => `  ${line}`)] : [`${name}: ${lines[0]}`];
  });
}
