/** Holds manifests against the types of the Kubernetes API, as the client library knows them. */
import * as client from '@kubernetes/client-node';

interface Model {
  getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string }[];
}

const SCALARS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  IntOrString: (value) => typeof value === 'string' || typeof value === 'number',
  any: () => true,
};

/** `path: problem` for every field that the type does not have, or whose value it does not take. */
export function problemsOf(value: unknown, type: string, path: string): string[] {
  const scalar = SCALARS[type];
  if (scalar) return scalar(value) ? [] : [`${path}: ${JSON.stringify(value)} is no ${type}`];
  const element = /^Array<(.+)>$/.exec(type)?.[1];
  if (element !== undefined) {
    if (!Array.isArray(value)) return [`${path}: no list`];
    return value.flatMap((item, index) => problemsOf(item, element, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: no mapping`];
  const entry = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (entry !== undefined) {
    return Object.entries(value).flatMap(([key, each]) => problemsOf(each, entry, `${path}.${key}`));
  }
  const model = (client as unknown as Readonly<Record<string, Model | undefined>>)[type];
  if (!model) return [`${path}: the type ${type} is not known`];
  const types = new Map(model.getAttributeTypeMap().map((each) => [each.baseName, each.type]));
  return Object.entries(value).flatMap(([key, each]) => {
    const known = types.get(key);
    return known === undefined
      ? [`${path}.${key}: ${type} has no such field`]
      : problemsOf(each, known, `${path}.${key}`);
  });
}

/** The library's name for the type of an object. */
export function typeOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const version = apiVersion.split('/').at(-1) ?? '';
  return `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;
}
