import { type Code, type Diagnostic, diagnostic } from '../../errors.ts';

/** A live cluster that cannot be asked, or does not answer as a cluster does. Nothing is known then. */
export class ClusterError extends Error {
  readonly diagnostic: Diagnostic;

  constructor(code: Code, message: string, expected?: string) {
    super(message);
    this.name = 'ClusterError';
    this.diagnostic = diagnostic(code, message, { expected });
  }
}
