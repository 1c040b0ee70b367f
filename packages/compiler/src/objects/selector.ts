import type { Requirement, Selector } from '../model/types.ts';
import { compareText, frozenList } from '../values/collections.ts';
import { SharePool } from '../values/share-pool.ts';
import { lastField, type Path, type Reader } from './report.ts';
import { type OnUnknown, readShape, type Shape, type State, worst } from './shape.ts';

/** Policies of many namespaces ask for the same labels. */
const SHARED = new SharePool<Selector>(10_000);

/** Reads a label selector (S21). The empty one selects everything. */
export function readSelector(
  raw: unknown,
  path: Path,
  reader: Reader,
  onUnknown: OnUnknown,
): Shape<Selector> {
  const shape = readShape('selector', raw, path, reader, onUnknown);
  let state = shape.state;
  const requirements: Requirement[] = [];
  if (shape.value.matchLabels) {
    const labels = readShape(
      'matchLabels',
      shape.value.matchLabels,
      [...path, 'matchLabels'],
      reader,
      undefined,
    );
    state = worst(state, labels.state);
    // A null is dropped as absent elsewhere; here that would widen the selector, so it has to be said.
    state = worst(state, reportNullValues(shape.value.matchLabels, [...path, 'matchLabels'], reader));
    for (const key of Object.keys(labels.value).sort(compareText)) {
      requirements.push(requirement(key, 'In', [labels.value[key] as string]));
    }
  }
  for (const [index, item] of (shape.value.matchExpressions ?? []).entries()) {
    const at = [...path, 'matchExpressions', index];
    const read = readRequirement(item, at, reader, onUnknown);
    state = worst(state, read.state);
    if (read.value) requirements.push(read.value);
  }
  return { value: SHARED.get(JSON.stringify(requirements), () => frozenList(requirements)), state };
}

function reportNullValues(labels: Readonly<Record<string, unknown>>, path: Path, reader: Reader): State {
  let state: State = 'fine';
  for (const key of Object.keys(labels)) {
    if (labels[key] !== null) continue;
    state = 'broken';
    reader.report(
      'label-value',
      [...path, key],
      `the label ${lastField([key])} has no value`,
      'a value; "" stands for the empty one',
    );
  }
  return state;
}

function readRequirement(
  raw: unknown,
  path: Path,
  reader: Reader,
  onUnknown: OnUnknown,
): Shape<Requirement | undefined> {
  const { value, state } = readShape('requirement', raw, path, reader, onUnknown);
  const { key, operator, values = [] } = value;
  if (state === 'broken' || key === undefined || operator === undefined) return { value: undefined, state };
  const takesValues = operator === 'In' || operator === 'NotIn';
  if (takesValues !== values.length > 0) {
    const wrong = takesValues ? `${operator} has no values` : `${operator} has values`;
    const right = takesValues ? 'at least one value' : 'none';
    reader.report('selector-values', 'values' in value ? [...path, 'values'] : path, wrong, right);
    return { value: undefined, state: 'broken' };
  }
  return { value: requirement(key, operator, values), state };
}

function requirement(key: string, operator: Requirement['operator'], values: readonly string[]): Requirement {
  return Object.freeze({ key, operator, values: frozenList([...new Set(values)].sort(compareText)) });
}
