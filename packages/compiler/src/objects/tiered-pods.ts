/** Pods as subjects and peers of the tiered kinds (S30, S31). */
import type { PodMatch, Selector } from '../model/types.ts';
import type { RawMapping } from './raw.ts';
import type { Path, Reader } from './report.ts';
import { readSelector } from './selector.ts';
import { type OnUnknown, readShape, type Shape, worst } from './shape.ts';

/** v1alpha1 needs both selectors of `pods`, v1alpha2 only podSelector. */
export type PodsShape = 'podsV1alpha1' | 'podsV1alpha2';

const ALL: Selector = Object.freeze([]);

/** Pods of the namespaces that a selector picks. */
export function readNamespaces(
  raw: RawMapping,
  path: Path,
  reader: Reader,
  onUnknown: OnUnknown,
): Shape<PodMatch> {
  const { value, state } = readSelector(raw, path, reader, onUnknown);
  return { value: matchOf(value, ALL), state };
}

/** namespaceSelector AND podSelector. */
export function readPods(
  raw: RawMapping,
  path: Path,
  shape: PodsShape,
  reader: Reader,
  onUnknown: OnUnknown,
): Shape<PodMatch> {
  const { value, state } = readShape(shape, raw, path, reader, onUnknown);
  const namespaces = readSelector(
    value.namespaceSelector ?? {},
    [...path, 'namespaceSelector'],
    reader,
    onUnknown,
  );
  const pods = readSelector(value.podSelector ?? {}, [...path, 'podSelector'], reader, onUnknown);
  return {
    value: matchOf(namespaces.value, pods.value),
    state: worst(state, worst(namespaces.state, pods.state)),
  };
}

function matchOf(namespaces: Selector, pods: Selector): PodMatch {
  return Object.freeze({ kind: 'pods', namespaces: Object.freeze({ selector: namespaces }), pods });
}

/** Exactly one known form, or the policy is rejected (S30, S33). */
export function readSubject(
  raw: RawMapping,
  path: Path,
  pods: PodsShape,
  reader: Reader,
): PodMatch | undefined {
  const { value, state } = readShape('subject', raw, path, reader, 'subject-invalid');
  if (state !== 'fine') return undefined;
  if (value.namespaces && value.pods) {
    reader.report('subject-invalid', path, 'subject has both namespaces and pods', 'exactly one of them');
    return undefined;
  }
  if (!value.namespaces && !value.pods) {
    reader.report('subject-invalid', path, 'subject is empty', 'namespaces or pods');
    return undefined;
  }
  const match = value.namespaces
    ? readNamespaces(value.namespaces, [...path, 'namespaces'], reader, 'subject-invalid')
    : readPods(value.pods ?? {}, [...path, 'pods'], pods, reader, 'subject-invalid');
  return match.state === 'fine' ? match.value : undefined;
}
