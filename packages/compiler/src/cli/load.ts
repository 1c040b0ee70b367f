import { type LoadResult, loadFiles } from '../cluster/load.ts';
import type { Code, Diagnostic } from '../errors.ts';
import { formatDiagnostic } from '../objects/format-diagnostic.ts';
import { ClusterError } from '../objects/live/cluster-error.ts';
import type { OnRead } from '../objects/read-inputs.ts';
import type { Cidr } from '../values/cidr.ts';
import { compareText } from '../values/collections.ts';
import { counted } from '../values/counted.ts';
import { printable } from '../values/printable.ts';
import type { InputPlace } from './input-options.ts';
import { printMessage, printNote } from './output.ts';
import { withProgress } from './progress.ts';
import { UsageError } from './usage-error.ts';

/** What came in, its messages printed. */
export interface Loaded
  extends Pick<LoadResult, 'objects' | 'remnants' | 'diagnostics' | 'madeUp' | 'places'> {
  /** How many errors were printed: what they are about is not among the objects. */
  readonly errors: number;
}

/** Said of files whose content nobody has seen. */
const UNREAD: ReadonlySet<Code> = new Set(['input-missing', 'input-unreadable', 'not-utf8']);

/**
 * Reads the input and prints what is to be said about it on stderr. Warnings change nothing else.
 * @throws UsageError when a live cluster cannot be read: half of it would be a wrong picture; and when of files nothing
 * can be read. `onRead` hears of every object; what `isSaidLater` is not printed, and not counted, here.
 */
export async function loadInput(
  place: InputPlace,
  podCidrs: readonly Cidr[],
  onRead: OnRead = () => {},
  isSaidLater: (diagnostic: Diagnostic) => boolean = () => false,
): Promise<Loaded> {
  const result = await withProgress((report) => {
    let count = 0;
    // Not for a cluster: loading the client library is no work of ours.
    if (place.kind === 'files') report('reading objects');
    return load(place, podCidrs, (read, raw) => {
      report('reading objects', ++count);
      onRead(read, raw);
    });
  });
  const { objects, diagnostics, skipped } = result;
  const said = diagnostics.filter((diagnostic) => !isSaidLater(diagnostic));
  for (const diagnostic of said) await printMessage(formatDiagnostic(diagnostic));
  const errors = said.filter(({ severity }) => severity === 'error').length;
  if (said.length > 0) await printMessage(countText(errors, said.length - errors));
  if (skipped.size > 0) await printNote(skippedText(skipped));
  if (objects.length === 0 && diagnostics.some(({ code }) => UNREAD.has(code))) {
    throw new UsageError('there is nothing to compile: the input cannot be read');
  }
  return { ...result, errors };
}

async function load(place: InputPlace, podCidrs: readonly Cidr[], onRead: OnRead): Promise<LoadResult> {
  if (place.kind === 'files') {
    return loadFiles(place.paths, { podCidrs, onRead, except: place.except });
  }
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
