import type { Pod } from '../../model/types.ts';
import { getOrMake } from '../../values/collections.ts';
import { type Filter, passes } from '../filter.ts';
import type { Connection } from './connectivity.ts';
import type { End } from './ends.ts';

/** The connections, or what else goes from end to end, with an end which the filter shows: one of its pods is enough. */
export function shownConnections<C extends Pick<Connection, 'source' | 'destination'>>(
  connections: readonly C[],
  filter: Filter,
): readonly C[] {
  if (filter.namespaces === 'all' && filter.selector.length === 0) return connections;
  const shown = new Map<End, boolean>();
  const isShown = (end: End): boolean =>
    getOrMake(shown, end, () => end.is === 'pods' && end.pods.some((pod: Pod) => passes(filter, pod)));
  return connections.filter(({ source, destination }) => isShown(source) || isShown(destination));
}
