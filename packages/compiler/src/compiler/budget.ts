import { type Address, familyOf } from '../values/address.ts';
import { compareText } from '../values/collections.ts';
import type { Side } from './sides.ts';
import type { State } from './state.ts';

interface Unit {
  readonly side: Side;
  readonly address: Address;
  readonly cost: number;
}

/**
 * Puts subjects into the kernel's sets while the budget of cells lasts, the cheapest first; the others' connections
 * are queued. With `datapath: queue` all are.
 */
export function applyBudget(state: State): void {
  const { cellBudget, datapath } = state.options;
  const units: Unit[] = [];
  let total = 0;
  for (const { address, sides } of state.subjects.members())
    for (const side of sides) {
      const cost = side.cost[familyOf(address)];
      units.push({ side, address, cost });
      total += cost;
    }
  if (total > cellBudget) units.sort(compareUnits);
  let left = datapath === 'queue' ? -1 : cellBudget;
  for (const { side, address, cost } of units) {
    left -= cost;
    const queued = left < 0;
    if (queued) state.emitter.withdraw(side, address);
    state.emitter.queue(side, address, queued);
    if (!queued) state.emitter.emit(side, address);
  }
}

/** A fixed order, so that the same cluster always leaves the same subjects over. */
function compareUnits(a: Unit, b: Unit): number {
  return (
    a.cost - b.cost || compareText(a.address, b.address) || compareText(a.side.direction, b.side.direction)
  );
}
