/** Who is in the demo: the pods and the node of the fixture, and one host outside. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Endpoint,
  endpoint,
  endpointsOf,
  OUTSIDE,
} from '../packages/compiler/test/support/lab/topology.ts';
import { FIXTURE } from './cluster-folder.ts';

export const NODE = 'worker-1';

/** A host of the matrix. */
export interface Host {
  readonly name: string;
  /** Three letters, for the head of a column. */
  readonly short: string;
}

export const HOSTS: readonly Host[] = [
  { name: 'shop/web', short: 'web' },
  { name: 'shop/app', short: 'app' },
  { name: 'shop/db', short: 'db' },
  { name: 'ops/mon', short: 'mon' },
  { name: 'ops/dns', short: 'dns' },
  { name: 'guest/bot', short: 'bot' },
  { name: 'outside', short: 'out' },
];

/** The ports on which every host listens. */
export const SERVICES = [
  { port: 443, letter: 'h', name: 'https' },
  { port: 5432, letter: 'p', name: 'postgres' },
  { port: 9100, letter: 'm', name: 'metrics' },
] as const;

export const [HTTPS, POSTGRES] = [443, 5432] as const;

/** The name of the host outside, at the resolver. */
export const PARTNER = 'api.example.com';

/** Every host, the newcomer too: its network is there before its object is. */
export function demoEndpoints(): readonly Endpoint[] {
  const yaml = ['cluster.yaml', 'newcomer.yaml'].map((file) => readFileSync(join(FIXTURE, file), 'utf8'));
  const outside = endpoint('outside', 'external', OUTSIDE, ['203.0.113.10', '2001:db8:3::10']);
  return [...endpointsOf(yaml.join('---\n'), NODE), outside];
}

/** How many objects the fixture has of a kind. */
export function countOf(kind: string): number {
  const files = globSync('**/*.yaml', { cwd: FIXTURE });
  const texts = files.map((file) => readFileSync(join(FIXTURE, file), 'utf8'));
  return texts.join('\n').match(new RegExp(`^kind: ${kind}$`, 'gm'))?.length ?? 0;
}
