import type { Labels } from '../model/types.ts';
import type { RawMapping } from './raw.ts';

const NO_LABELS: Labels = Object.freeze(Object.create(null));

/** Labels without a prototype, so that no key is special; a null value is an absent entry. */
export function readLabels(raw: RawMapping | null | undefined): Labels {
  if (!raw) return NO_LABELS;
  const labels: Record<string, string> = Object.create(null);
  for (const key of Object.keys(raw)) {
    const value = raw[key];
    if (value !== null) labels[key] = value as string;
  }
  return Object.freeze(labels);
}
