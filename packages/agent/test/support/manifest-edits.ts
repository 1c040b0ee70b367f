/** Steps from one cluster to the next. */
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './api-server/store.ts';

export type Edit = (manifests: readonly Manifest[]) => readonly Manifest[];

/** Adds objects, or replaces those of the same kind, namespace and name. */
export function put(yaml: string): Edit {
  const added = parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
  const isAdded = (each: Manifest): boolean => added.some((one) => isSame(one, each));
  return (manifests) => [...manifests.filter((each) => !isAdded(each)), ...added];
}

export function remove(kind: string, name: string): Edit {
  return (manifests) => manifests.filter((each) => each.kind !== kind || each.metadata.name !== name);
}

/** Changes one object that is there. */
export function edit(kind: string, name: string, change: (manifest: Manifest) => Manifest): Edit {
  return (manifests) => {
    const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
    if (!found) throw new Error(`no ${kind} ${name}`);
    return manifests.map((each) => (each === found ? change(found) : each));
  };
}

export function label(kind: string, name: string, labels: Readonly<Record<string, string>>): Edit {
  return edit(kind, name, (manifest) => ({ ...manifest, metadata: { ...manifest.metadata, labels } }));
}

function isSame(a: Manifest, b: Manifest): boolean {
  return (
    a.kind === b.kind && a.metadata.name === b.metadata.name && a.metadata.namespace === b.metadata.namespace
  );
}
