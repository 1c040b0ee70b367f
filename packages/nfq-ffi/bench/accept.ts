/** The judge that does what reference.c does. */
import type { Judgement } from '../src/index.ts';

export function judge(): Judgement {
  return 'accept';
}
