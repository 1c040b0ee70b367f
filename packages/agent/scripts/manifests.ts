/**
 * Renders manifests/overlays into the files that users apply:  node packages/agent/scripts/manifests.ts [--check]
 * The overlays only list resources, so that this and kustomize come to the same objects; comments stay.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const MANIFESTS = join(import.meta.dirname, '../../../manifests');

/** The rendered file of each overlay. */
export const RENDERED: Readonly<Record<string, string>> = Object.freeze({
  'network-policy': 'install.yaml',
  'admin-network-policy': 'install-anp.yaml',
  'cluster-network-policy': 'install-cnp.yaml',
  monitoring: 'monitoring.yaml',
});

/** What a folder with a kustomization comes to. */
export function render(overlay: string, folder = MANIFESTS): string {
  const documents = resourcesOf(join(folder, 'overlays', overlay)).map((path) =>
    readFileSync(path, 'utf8').trim(),
  );
  return `# Made from manifests/overlays/${overlay} by pnpm manifests.\n---\n${documents.join('\n---\n')}\n`;
}

function resourcesOf(folder: string): string[] {
  const { kind, apiVersion, ...rest } = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'));
  const { resources, ...others } = rest;
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join(', ')} cannot be rendered here`);
  return (resources as string[])
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? resourcesOf(path) : [path]));
}

if (import.meta.main) {
  const isCheck = process.argv.includes('--check');
  for (const [overlay, file] of Object.entries(RENDERED)) {
    const path = join(MANIFESTS, file);
    const text = render(overlay);
    if (!isCheck) writeFileSync(path, text);
    else if (readFileSync(path, 'utf8') !== text) {
      console.error(`manifests/${file} is not what its overlay comes to: run pnpm manifests`);
      process.exitCode = 1;
    }
  }
}
