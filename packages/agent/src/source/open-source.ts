import { type Cidr, connect } from '@kncompile/compiler';
import { ClusterSource } from './cluster-source.ts';
import { FilesSource } from './files/files-source.ts';
import type { Sink, Source } from './source.ts';

/** Where the objects are to come from. */
export type SourceChoice =
  /** Without a kubeconfig: KUBECONFIG, ~/.kube/config, or the service account of the pod. */
  | { readonly kind: 'cluster'; readonly kubeconfig: string | undefined }
  | { readonly kind: 'files'; readonly directory: string };

/**
 * @param podCidrs where pods of files get addresses from when they have none; the first of each family counts
 * @throws ClusterError when no cluster is configured, or not properly. Whether it answers shows later.
 */
export async function openSource(
  choice: SourceChoice,
  podCidrs: readonly Cidr[],
  sink: Sink,
): Promise<Source> {
  switch (choice.kind) {
    case 'cluster':
      return new ClusterSource(await connect({ kubeconfig: choice.kubeconfig }), sink);
    case 'files':
      return new FilesSource(choice.directory, firstOfEachFamily(podCidrs), sink);
  }
}

function firstOfEachFamily(cidrs: readonly Cidr[]): readonly Cidr[] {
  return cidrs.filter((cidr, at) => cidrs.findIndex(({ family }) => family === cidr.family) === at);
}
