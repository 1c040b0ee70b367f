import { DNS_CLIENT, type FamilyDelta, type JudgeDelta, POD_RANGE } from '@kncompile/compiler/judge';
import { LearnedTable } from './learned-table.ts';
import { NameTable } from './name-table.ts';
import { RangeTable } from './range-table.ts';
import { WordTable } from './word-table.ts';

/** What `profileOf` says of an address that may be a pod's that nobody has told of yet. */
export const UNKNOWN = 0;

/** Numbers for each subject: ingress side, egress side, QUEUED_* bits. */
const SUBJECT_WORDS = 3;

/** What a worker knows of the addresses of one family. */
export class FamilyKnowledge {
  readonly #words: 1 | 4;
  readonly #profiles: WordTable;
  readonly #outside: RangeTable;
  readonly #podRanges: RangeTable;
  readonly #learned: LearnedTable;
  #nodes: WordTable;
  #places: WordTable;
  #subjects = new Int32Array(0);
  readonly #names: NameTable;

  constructor(words: 1 | 4, seconds: () => number) {
    this.#words = words;
    this.#profiles = new WordTable(words);
    this.#outside = new RangeTable(words);
    this.#podRanges = new RangeTable(words);
    this.#learned = new LearnedTable(words, seconds);
    this.#nodes = new WordTable(words);
    this.#places = new WordTable(words);
    this.#names = new NameTable(words, seconds);
  }

  /** The profile of an address, or UNKNOWN. */
  profileOf(address: Int32Array): number {
    const known = this.#profiles.get(address);
    if (known !== 0) return known;
    const isPodLike = (this.#podRanges.get(address) & POD_RANGE) !== 0;
    return isPodLike && !this.#learned.has(address) ? UNKNOWN : this.#outside.get(address);
  }

  /** The profile of an address if it is no pod's. */
  outsideProfileOf(address: Int32Array): number {
    return this.#outside.get(address);
  }

  /** POD_RANGE and NODE_RANGE bits. */
  rangeOf(address: Int32Array): number {
    return this.#podRanges.get(address);
  }

  /** Whether the address is the node's own (S41). */
  isNode(address: Int32Array): boolean {
    return this.#nodes.get(address) !== 0;
  }

  /** What an address is to a pod that was told its DNS names; UNKNOWN where that does not count (S37). */
  namedProfileOf(subject: Int32Array, address: Int32Array, isNew: boolean): number {
    return this.#names.get(subject, address, isNew);
  }

  /** Notes for how long new connections may use what pods were told. */
  refresh(fresh: Int32Array): void {
    this.#names.refresh(fresh);
  }

  /** Where the local pod's numbers begin in `subjects`; below 0 for an address that policies do not concern. */
  subjectAt(address: Int32Array): number {
    return (this.#places.get(address) - 1) * SUBJECT_WORDS;
  }

  /** Whether the judge follows what a pod asks resolvers. */
  isDnsClient(address: Int32Array): boolean {
    const at = this.subjectAt(address);
    return at >= 0 && ((this.#subjects[at + 2] as number) & DNS_CLIENT) !== 0;
  }

  get subjects(): Int32Array {
    return this.#subjects;
  }

  learn(address: Int32Array, at = 0): void {
    this.#learned.add(address, at);
  }

  learnAll(addresses: Int32Array): void {
    for (let at = 0; at < addresses.length; at += this.#words) this.learn(addresses, at);
  }

  take(delta: FamilyDelta, whole: boolean): void {
    const words = this.#words;
    if (whole) {
      this.#profiles.clear();
      this.#names.clear();
    }
    const { addresses } = delta;
    for (let at = 0; at < addresses.length; at += words + 1) {
      this.#profiles.set(addresses, at, addresses[at + words] as number);
      this.#learned.forget(addresses, at);
    }
    if (delta.outside) this.#outside.load(delta.outside);
    if (delta.podRanges) this.#podRanges.load(delta.podRanges);
    if (delta.nodeAddresses) this.#takeNodes(delta.nodeAddresses);
    if (delta.subjects) this.#takeSubjects(delta.subjects);
    if (delta.names) this.#names.take(delta.names);
  }

  #takeNodes(addresses: Int32Array): void {
    this.#nodes = new WordTable(this.#words);
    for (let at = 0; at < addresses.length; at += this.#words) this.#nodes.set(addresses, at, 1);
  }

  #takeSubjects(subjects: Int32Array): void {
    const words = this.#words;
    const stride = words + SUBJECT_WORDS;
    this.#places = new WordTable(words);
    this.#subjects = new Int32Array((subjects.length / stride) * SUBJECT_WORDS);
    for (let i = 0; i * stride < subjects.length; i++) {
      this.#places.set(subjects, i * stride, i + 1);
      this.#subjects.set(subjects.subarray(i * stride + words, (i + 1) * stride), i * SUBJECT_WORDS);
    }
  }
}

/** What a worker knows of the cluster: a copy of what the agent has told. */
export class Knowledge {
  readonly 4: FamilyKnowledge;
  readonly 6: FamilyKnowledge;
  /** The stamp of judged connections, and its bits in the conntrack mark. */
  stamp = 0;
  stampMask = 0;

  /** `seconds` is a clock that never goes back and never shows 0. */
  constructor(seconds: () => number) {
    this[4] = new FamilyKnowledge(1, seconds);
    this[6] = new FamilyKnowledge(4, seconds);
  }

  /** Whether there has been a commit: before, nothing is known, not even that nobody is concerned. */
  get isThere(): boolean {
    return this.stamp !== 0;
  }

  take({ whole, stamp, stampMask, families }: JudgeDelta): void {
    this.stamp = stamp;
    this.stampMask = stampMask;
    this[4].take(families[4], whole);
    this[6].take(families[6], whole);
  }
}
