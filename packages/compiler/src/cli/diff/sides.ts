/** What is compared: files, or a live cluster by a word of its own. */
import type { InputPlace } from '../input-options.ts';
import { UsageError } from '../usage-error.ts';

/** Followed by `:` and a context of the kubeconfig, if not by nothing. */
const LIVE = 'live';

/**
 * The input that a word stands for: `live`, `live:CONTEXT`, `-` or a path; a path called live is written ./live.
 * @throws UsageError when a word is missing or empty, or stdin is to be both.
 */
export function readSides(
  words: readonly (string | undefined)[],
  cluster: { readonly kubeconfig: string | undefined; readonly context: string | undefined },
): readonly [old: InputPlace, now: InputPlace] {
  const [old, now] = words;
  if (!old || !now) throw new UsageError('diff needs two inputs, OLD and NEW: paths, - or live');
  if (old === '-' && now === '-') throw new UsageError('stdin cannot be both sides of the comparison');
  const places = [placeOf(old), placeOf(now)] as const;
  if ((cluster.kubeconfig ?? cluster.context) !== undefined && places.every(({ kind }) => kind === 'files')) {
    throw new UsageError('--kubeconfig and --context belong to a live cluster, and neither input is live');
  }
  return places;

  function placeOf(word: string): InputPlace {
    const [, context = ''] = /^live(?::(.*))?$/s.exec(word) ?? [];
    if (word !== LIVE && context === '') return { kind: 'files', paths: [word] };
    return { kind: 'cluster', kubeconfig: cluster.kubeconfig, context: context || cluster.context };
  }
}
