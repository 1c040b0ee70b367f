/**
 * Says that tests of this file cannot run here, in the line that `.ci/test.ts` counts as one skip. `needs: 'namespaces'`
 * is for what root, nft or network namespaces are missing for: with CI=true the runner takes that as a failure.
 */
export function skip(reason: string, needs?: 'namespaces'): void {
  console.log(`SKIP${needs ? ` ${needs}` : ''}: ${reason}`);
}
