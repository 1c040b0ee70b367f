import { CHECKOUT } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { type Ended, type RunOptions, runNode } from '../support/subprocess.ts';

/** A fixture with one Node object. */
export const DOCS = 'fixtures/kubernetes-docs';

/** Runs the command from the top of the checkout, where not told otherwise. */
export const kncompile = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  runNode([MAIN, ...args], { cwd: CHECKOUT, ...options });

/** YAML documents: objects in as few words as they take. */
export const policy = (name: string, spec: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`;
export const pod = (name: string, address: string, node?: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {${node ? `nodeName: ${node}, ` : ''}containers: []}\n` +
  `status: {podIPs: [{ip: ${address}}]}\n---\n`;
export const node = (name: string): string => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n---\n`;
/** A template of pods, none of which there is. */
export const deployment = (name: string, replicas: number): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\n` +
  `spec: {replicas: ${replicas}, template: {metadata: {labels: {app: ${name}}}}}\n---\n`;
export const DENY_ALL = policy('deny', '{podSelector: {}}');
