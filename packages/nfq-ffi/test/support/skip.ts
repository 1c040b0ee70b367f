/** Prints the line by which the test runner counts a skip; with CI=true it takes `namespaces` for a failure. */
export function skip(reason: string, needs?: 'namespaces'): void {
  console.log(`SKIP${needs ? ` ${needs}` : ''}: ${reason}`);
}
