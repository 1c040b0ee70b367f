import { SHAPES } from '../ruleset/shapes.ts';
import { type Address, familyOf } from '../values/address.ts';
import { podName } from './names.ts';
import type { PermissionLoss } from './permission-loss.ts';
import type { GeneralFacts, Side } from './sides.ts';
import type { State } from './state.ts';

/** Which policies concern which local pods: places subjects whose labels, addresses or policies changed. */
export class Placement {
  readonly #state: State;
  /** The sides of every subject address at the last commit. */
  readonly #placed = new Map<Address, readonly Side[]>();

  constructor(state: State) {
    this.#state = state;
  }

  /** Works in what changed since the last commit; returns whether anything did. */
  update(general: GeneralFacts, loss: PermissionLoss): boolean {
    const state = this.#state;
    const changed = [...state.changedSubjects];
    state.changedSubjects.clear();
    for (const address of changed) {
      const pod = state.localPodAt(address);
      state.subjects.place(address, pod, pod ? state.labelsOf(pod.namespace) : {}, general);
    }
    for (const address of changed) this.#settle(address, loss);
    return changed.length > 0;
  }

  #settle(address: Address, loss: PermissionLoss): void {
    const state = this.#state;
    const before = this.#placed.get(address) ?? [];
    const after = state.subjects.sidesOf(address);
    for (const side of before) {
      if (after.includes(side)) continue;
      state.emitter.withdraw(side, address);
      state.emitter.queue(side, address, false);
    }
    if (after.some((side) => !before.includes(side))) loss.noteSide();
    const { self, dnsClients } = SHAPES[familyOf(address)];
    const asksNames = after.some((side) => side.asksNames);
    if (asksNames) state.store.put(dnsClients, [address]);
    else state.store.remove(dnsClients, [address]);
    const pod = asksNames ? state.localPodAt(address) : undefined;
    state.named.keepOnly(address, pod && podName(pod));
    if (after.length > 0) {
      this.#placed.set(address, after);
      state.store.put(self, [address, address]);
    } else {
      this.#placed.delete(address);
      state.store.remove(self, [address, address]);
    }
  }
}
