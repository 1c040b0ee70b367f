/** Between attempts at a full load: doubled each time, in milliseconds. */
const FIRST_MS = 100;
const LAST_MS = 30_000;

/**
 * After so many rejections something is in the table that cannot be changed where it stands: then it goes as a whole.
 */
const PATIENCE = 2;

/** When to load everything, again and again until the kernel takes it. */
export class LoadRetry {
  #due: number | undefined;
  #wait = FIRST_MS;
  #rejections = 0;

  /** When a full load is due, in milliseconds of the clock; undefined where none is needed. */
  get due(): number | undefined {
    return this.#due;
  }

  /** Whether the kernel goes on rejecting what is loaded into the table that it has. */
  get needsNewTable(): boolean {
    return this.#rejections >= PATIENCE;
  }

  /** A full load is needed from now on. */
  need(now: number): void {
    this.#due ??= now;
  }

  /** The kernel did not take a text. */
  noteRejection(): void {
    this.#rejections++;
  }

  failed(now: number): void {
    this.#due = now + this.#wait;
    this.#wait = Math.min(2 * this.#wait, LAST_MS);
  }

  done(): void {
    this.#due = undefined;
    this.#wait = FIRST_MS;
    this.#rejections = 0;
  }
}
