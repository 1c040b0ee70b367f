import { type Cidr, connect } from '@kncompile/compiler';
import type { SourceChoice } from '../config/config.ts';
import { ClusterSource } from './cluster-source.ts';
import { FilesSource } from './files/files-source.ts';
import type { Onlooker } from './reflector.ts';
import type { Sink, Source } from './source.ts';
import { PACE, type Pace } from './timing.ts';

/**
 * @param podCidrs where pods of files get addresses from when they have none
 * @throws ClusterError when no cluster is configured, or not properly. Whether it answers shows later.
 */
export async function openSource(
  choice: SourceChoice,
  podCidrs: readonly Cidr[],
  sink: Sink,
  pace: Pace = PACE,
  onlooker?: Onlooker,
): Promise<Source> {
  switch (choice.kind) {
    case 'cluster':
      return new ClusterSource(await connect({ kubeconfig: choice.kubeconfig }), sink, pace, onlooker);
    case 'files':
      return new FilesSource(choice.directory, podCidrs, sink);
  }
}
