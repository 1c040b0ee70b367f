/** What is expected of connections, as files say it. */
import type { Diagnostic } from '../../errors.ts';
import type { Source } from '../../model/types.ts';
import type { Fault } from '../ends/fault.ts';
import type { End } from '../ends/parse-end.ts';
import type { Transport } from '../ends/target.ts';

export interface Expectation {
  readonly from: End;
  readonly to: End;
  readonly transport: Transport;
  readonly expect: 'allow' | 'deny';
  /** The message about a fault that only the cluster shows, at one of the keys. */
  readonly complain: (key: 'from' | 'to', fault: Fault) => Diagnostic;
}

/** One expectation of a file, or what is wrong with it; with what is wrong with a whole file likewise. */
export interface Entry {
  /** Its own, or made of what it says, or the place where it stands. */
  readonly name: string;
  readonly source: Source;
  readonly content: Expectation | readonly Diagnostic[];
}
