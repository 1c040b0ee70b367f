/** What of a policy in the cluster matters to its status. */
import {
  type Diagnostic,
  formatDiagnostic,
  type ObjectId,
  POLICY_KINDS,
  type Resource,
} from '@kncompile/compiler';
import type { Reading } from '../source/inventory.ts';
import { isMapping, mappingOf, type RawObject } from '../source/raw-object.ts';

/** Why a policy is not in force as it is written. The text is as hostile as the policy. */
export interface Problem {
  readonly reason: 'Rejected' | 'PartlyRealised' | 'KernelRefuses';
  readonly text: string;
}

/** One version of a policy. */
export interface Observed {
  readonly id: ObjectId;
  readonly resource: Resource;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** All of them, whoever wrote them; undefined for NetworkPolicy, which has none. */
  readonly conditions: readonly RawObject[] | undefined;
  /** Of the object itself; the kernel may have one besides. */
  readonly problem: Problem | undefined;
}

/** Warnings of rules that are not what was written: they fail closed (S33). */
const FAILS_CLOSED: readonly string[] = ['unknown-field', 'peer-not-applicable'];

/** Undefined for what is no policy. */
export function observe(raw: RawObject, { id, result }: Reading, resource: Resource): Observed | undefined {
  if (!POLICY_KINDS.has(id.kind)) return undefined;
  const { uid, resourceVersion, generation } = mappingOf(raw['metadata']);
  const conditions = mappingOf(raw['status'])['conditions'];
  return {
    id,
    resource,
    uid: typeof uid === 'string' ? uid : '',
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    generation: typeof generation === 'number' ? generation : 0,
    conditions:
      id.kind === 'NetworkPolicy'
        ? undefined
        : (Array.isArray(conditions) ? conditions : []).filter(isMapping),
    problem: problemOf(result.object !== undefined, result.diagnostics),
  };
}

function problemOf(isRead: boolean, diagnostics: readonly Diagnostic[]): Problem | undefined {
  const telling = diagnostics.filter(({ severity, code }) =>
    isRead ? FAILS_CLOSED.includes(code) : severity === 'error',
  );
  if (isRead && telling.length === 0) return undefined;
  // The object is known from where the text stands, and how bad it is from the reason.
  const text = telling
    .map((each) => formatDiagnostic({ ...each, object: undefined, severity: 'error' }))
    .join('; ');
  return { reason: isRead ? 'PartlyRealised' : 'Rejected', text };
}
