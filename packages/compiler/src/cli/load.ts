import { type LoadResult, loadFiles, type MadeUp } from '../cluster/load.ts';
import type { Code } from '../errors.ts';
import type { ModelObject } from '../model/types.ts';
import { formatDiagnostic } from '../objects/format-diagnostic.ts';
import { ClusterError } from '../objects/live/cluster-error.ts';
import type { Cidr } from '../values/cidr.ts';
import { compareText } from '../values/collections.ts';
import { counted } from '../values/counted.ts';
import { printable } from '../values/printable.ts';
import type { InputPlace } from './input-options.ts';
import { printMessage, printNote } from './output.ts';
import { withProgress } from './progress.ts';
import { UsageError } from './usage-error.ts';

/** What came in, its messages printed. */
export interface Loaded {
  readonly objects: readonly ModelObject[];
  /** How many errors there were: what they are about is not among the objects. */
  readonly errors: number;
  readonly madeUp: MadeUp;
}

/** Said of files whose content nobody has seen. */
const UNREAD: ReadonlySet<Code> = new Set(['input-missing', 'input-unreadable', 'not-utf8']);

/**
 * Reads the input and prints what is to be said about it on stderr. Warnings change nothing else.
 * @throws UsageError when a live cluster cannot be read: half of it would be a wrong picture; and when of files nothing
 * can be read.
 */
export async function loadInput(place: InputPlace, podCidrs: readonly Cidr[]): Promise<Loaded> {
  const { objects, diagnostics, skipped, madeUp } = await withProgress((report) =>
    load(place, podCidrs, (objects) => report('reading objects', objects)),
  );
  for (const diagnostic of diagnostics) await printMessage(formatDiagnostic(diagnostic));
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  if (diagnostics.length > 0) await printMessage(countText(errors, diagnostics.length - errors));
  if (skipped.size > 0) await printNote(skippedText(skipped));
  if (objects.length === 0 && diagnostics.some(({ code }) => UNREAD.has(code))) {
    throw new UsageError('there is nothing to compile: the input cannot be read');
  }
  return { objects, errors, madeUp };
}

async function load(
  place: InputPlace,
  podCidrs: readonly Cidr[],
  onRead: (objects: number) => void,
): Promise<LoadResult> {
  if (place.kind === 'files') return loadFiles(place.paths, { podCidrs, onRead });
  // The client library takes long to load, and only here it is needed.
  const { loadCluster } = await import('../cluster/load-cluster.ts');
  try {
    return await loadCluster(place, onRead);
  } catch (error) {
    if (error instanceof ClusterError) throw new UsageError(formatDiagnostic(error.diagnostic));
    throw error;
  }
}

/** `2 errors, 1 warning`. */
function countText(errors: number, warnings: number): string {
  const counts = [counted(errors, 'error'), counted(warnings, 'warning')];
  return counts.filter((text) => !text.startsWith('0 ')).join(', ');
}

function skippedText(skipped: ReadonlyMap<string, number>): string {
  const kinds = [...skipped].sort(([a], [b]) => compareText(a, b));
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const list = kinds.map(([kind, count]) => `${count} ${printable(kind)}`).join(', ');
  return `${counted(total, 'object')} of kinds without use here were skipped: ${list}`;
}
