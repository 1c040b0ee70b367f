/** The lab's cluster, and policies written for it, as the product reads them. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { ModelObject } from '../../../src/model/types.ts';
import { parseObject } from '../../../src/objects/parse.ts';
import { CLUSTER_FILE } from './topology.ts';

export function readCluster(): readonly ModelObject[] {
  return readPolicies(readFileSync(CLUSTER_FILE, 'utf8'));
}

/** Objects from YAML documents; throws where one is rejected, because a test without it would test something else. */
export function readPolicies(yaml: string): readonly ModelObject[] {
  return parseAllDocuments(yaml).map((document) => {
    const { object, diagnostics } = parseObject(document.toJS());
    if (!object) throw new Error(diagnostics.map(({ message }) => message).join('; '));
    return object;
  });
}
