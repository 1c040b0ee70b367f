import { type Row, rowSize } from '../ruleset/cells.ts';
import { ANY_POD, type ClassId, NOBODY, type SetShape } from '../ruleset/ir.ts';
import { SHAPES } from '../ruleset/shapes.ts';
import { type Address, type Family, familyOf } from '../values/address.ts';
import type { RowSink } from './classes.ts';
import type { ElementStore } from './element-store.ts';
import type { PeerClass } from './profiles.ts';
import type { Side } from './sides.ts';

/** Turns sides and classes into elements: the cells of the decision table, for each subject address. */
export class Emitter implements RowSink {
  readonly #store: ElementStore;
  #costChanged = false;
  /** Subjects in `queued_*`. */
  readonly #queued = new Set<string>();

  constructor(store: ElementStore) {
    this.#store = store;
  }

  addRow(peer: PeerClass, side: Side, row: Row): void {
    side.classes.set(peer, row);
    this.#costChanged = true;
    side.cost[peer.family] += rowSize(row);
    for (const address of side.emitted)
      if (familyOf(address) === peer.family) this.#putRow(side, address, peer.id, row);
  }

  removeRow(peer: PeerClass, side: Side, row: Row): void {
    side.classes.delete(peer);
    this.#costChanged = true;
    side.cost[peer.family] -= rowSize(row);
    for (const address of side.emitted)
      if (familyOf(address) === peer.family) this.#removeRow(side, address, peer.id, row);
  }

  /** Whether what subjects cost has changed since the last call. */
  takeCostChange(): boolean {
    const changed = this.#costChanged;
    this.#costChanged = false;
    return changed;
  }

  /** Puts a subject address with all its cells into the kernel's sets. */
  emit(side: Side, address: Address): void {
    if (side.emitted.has(address)) return;
    side.emitted.add(address);
    const family = familyOf(address);
    this.#store.put(SHAPES[family].sides[side.direction].subjects, [address]);
    this.#forEachRow(side, family, (id, row) => this.#putRow(side, address, id, row));
  }

  /** Takes a subject address and its cells out again. */
  withdraw(side: Side, address: Address): void {
    if (!side.emitted.delete(address)) return;
    const family = familyOf(address);
    this.#store.remove(SHAPES[family].sides[side.direction].subjects, [address]);
    this.#forEachRow(side, family, (id, row) => this.#removeRow(side, address, id, row));
  }

  /** Sends a subject's connections to the judge, or no longer. */
  queue(side: Side, address: Address, queued: boolean): void {
    const shape = SHAPES[familyOf(address)].sides[side.direction].queued;
    const key = queuedKey(side, address);
    if (this.#queued.has(key) === queued) return;
    if (queued) {
      this.#queued.add(key);
      this.#store.put(shape, [address]);
    } else {
      this.#queued.delete(key);
      this.#store.remove(shape, [address]);
    }
  }

  isQueued(side: Side, address: Address): boolean {
    return this.#queued.has(queuedKey(side, address));
  }

  get queuedCount(): number {
    return this.#queued.size;
  }

  #forEachRow(side: Side, family: Family, visit: (id: ClassId, row: Row) => void): void {
    visit(NOBODY, side.general[family].outside);
    visit(ANY_POD, side.general[family].pod);
    for (const [peer, row] of side.classes) if (peer.family === family) visit(peer.id, row);
  }

  #putRow(side: Side, address: Address, id: ClassId, row: Row): void {
    const shapes = SHAPES[familyOf(address)].sides[side.direction];
    if (row.any) this.#store.put(shapes.any, [id, address], row.any.verdict, row.any.reason);
    for (const cell of row.cells) {
      const { shape, key } = placeOf(cell, shapes);
      this.#store.put(shape, [id, address, cell.protocol, key], cell.verdict, cell.reason);
    }
  }

  #removeRow(side: Side, address: Address, id: ClassId, row: Row): void {
    const shapes = SHAPES[familyOf(address)].sides[side.direction];
    if (row.any) this.#store.remove(shapes.any, [id, address]);
    for (const cell of row.cells) {
      const { shape, key } = placeOf(cell, shapes);
      this.#store.remove(shape, [id, address, cell.protocol, key]);
    }
  }
}

function queuedKey({ direction }: Side, address: Address): string {
  return `${direction} ${address}`;
}

/** A single port goes into the hash set, a range into the interval set. */
function placeOf(
  cell: { readonly first: number; readonly last: number },
  shapes: { readonly ports: SetShape; readonly ranges: SetShape },
): { shape: SetShape; key: number | { first: number; last: number } } {
  return cell.first === cell.last
    ? { shape: shapes.ports, key: cell.first }
    : { shape: shapes.ranges, key: { first: cell.first, last: cell.last } };
}
