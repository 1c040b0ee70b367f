import fc from 'fast-check';
import type { Labels, Requirement, Selector } from '../../../src/model/types.ts';
import { LABEL_KEYS, LABEL_VALUES, NAMESPACE_LABEL, NAMESPACES } from './alphabet.ts';

/** Labels as the model makes them: without a prototype. */
export function labelsOf(entries: Iterable<readonly [string, string]>): Labels {
  const labels: Record<string, string> = Object.create(null);
  for (const [key, value] of entries) labels[key] = value;
  return Object.freeze(labels);
}

const labelEntries = fc
  .tuple(
    ...LABEL_KEYS.map((key) =>
      fc.option(fc.constantFrom(...LABEL_VALUES).map((value) => [key, value] as const)),
    ),
  )
  .map((entries) => entries.filter((entry) => entry !== null));

export const podLabels: fc.Arbitrary<Labels> = labelEntries.map(labelsOf);

/** With the label that every namespace carries (S20). */
export const namespaceLabels = (name: string): fc.Arbitrary<Labels> =>
  labelEntries.map((entries) => labelsOf([...entries, [NAMESPACE_LABEL, name]]));

const requirementOn = (key: string, values: readonly string[]): fc.Arbitrary<Requirement> =>
  fc.oneof(
    fc
      .record({
        operator: fc.constantFrom('In' as const, 'In' as const, 'NotIn' as const),
        values: fc.subarray([...values], { minLength: 1 }),
      })
      .map(({ operator, values: chosen }) => ({ key, operator, values: [...chosen].sort() })),
    fc
      .constantFrom('Exists' as const, 'DoesNotExist' as const)
      .map((operator) => ({ key, operator, values: [] })),
  );

const requirement = fc.constantFrom(...LABEL_KEYS).chain((key) => requirementOn(key, LABEL_VALUES));

export const podSelector: fc.Arbitrary<Selector> = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 4, arbitrary: requirement.map((one) => [one]) },
  { weight: 1, arbitrary: fc.tuple(requirement, requirement).map((both) => [...both]) },
);

export const namespaceSelector: fc.Arbitrary<Selector> = fc.oneof(
  podSelector,
  requirementOn(NAMESPACE_LABEL, NAMESPACES).map((one) => [one]),
);
