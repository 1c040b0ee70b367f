import type { Policy, Source } from '../model/types.ts';
import type { Path } from './report.ts';

/** Where things stand in the texts that were read, for messages that come up when everything has been read. */
export interface Places {
  /** A field of a policy, or the nearest one around it that is there; undefined where no file has the policy. */
  sourceOf(policy: Policy, path: Path): Source | undefined;
  /** The line of text that a source points into. */
  excerptOf(source: Source): string | undefined;
}

/** Of objects that come from no file. */
export const NO_PLACES: Places = Object.freeze({ sourceOf: () => undefined, excerptOf: () => undefined });
