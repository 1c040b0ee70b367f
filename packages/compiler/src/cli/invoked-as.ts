import { basename } from 'node:path';

/** What the user typed to get here: kubectl finds its plugins by the name `kubectl-…`. */
export function invokedAs(script: string | undefined): 'kncompile' | 'kubectl kncompile' {
  return basename(script ?? '').startsWith('kubectl-') ? 'kubectl kncompile' : 'kncompile';
}
