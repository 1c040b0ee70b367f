import type { Frame } from '../ruleset/diff.ts';
import type { SetShape } from '../ruleset/ir.ts';
import { ALL_SHAPES } from '../ruleset/shapes.ts';
import type { State } from './state.ts';

/** How large a compiled ruleset is. */
export interface Stats {
  /** Classes of peers besides the two general ones. */
  readonly classes: number;
  /** Local addresses that policies concern, counted per direction. */
  readonly subjects: number;
  /** Those of them whose connections go to the queue. */
  readonly queuedSubjects: number;
  /** Elements that are cells of the decision table. */
  readonly cells: number;
  readonly sets: number;
  readonly elements: number;
  readonly chains: number;
  readonly rules: number;
}

/** Counts what a commit has left. */
export function statsOf(state: State, frame: Frame): Stats {
  const count = (pick: (shape: SetShape) => boolean): number =>
    ALL_SHAPES.filter(pick).reduce((sum, shape) => sum + state.store.size(shape), 0);
  const queued = count(({ name }) => name.startsWith('queued_'));
  return {
    classes: state.classes.size,
    subjects: count(({ name }) => name.startsWith('subjects_')) + queued,
    queuedSubjects: queued,
    cells: count(({ value }) => value === 'verdict'),
    sets: frame.setNames.size,
    elements: count(() => true),
    chains: frame.chains.length,
    rules: frame.chains.reduce((sum, { rules }) => sum + rules.length, 0),
  };
}
