/** What a command that takes long says meanwhile on stderr: nothing for a second, then how far it is. */
import { writeSync } from 'node:fs';
import { printable } from '../values/printable.ts';
import { isRedirected } from './output.ts';

/** Says what goes on, and how much of it is done. Cheap enough for the inside of a loop. */
export type Report = (what: string, done?: number, total?: number) => void;

/** Where progress goes. */
export interface Outlet {
  write(text: string): void;
  /** Width of the terminal; undefined where there is none, and so no line that could be written over. */
  readonly columns: number | undefined;
  /** Milliseconds. */
  now(): number;
  /** When the next line may be written; set by the first report, and kept from one piece of work to the next. */
  due: number | undefined;
}

/** Milliseconds from the first report until anything is said: most commands have ended by then. */
const PATIENCE = 1_000;
/** How often a terminal's line is written anew, and how often a log gets another line. */
const PAUSE = { terminal: 100, log: 10_000 } as const;

const CLEAR_LINE = '\r\u001b[K';
const DEFAULT_COLUMNS = 80;

/**
 * Runs `work`, which may report how far it is. On a terminal one line is kept up to date, and is gone when the work has
 * ended, well or not; elsewhere there is a plain line after a second and one every ten seconds.
 */
export async function withProgress<T>(
  work: (report: Report) => T | Promise<T>,
  outlet: Outlet = STDERR,
): Promise<T> {
  const progress = new Progress(outlet);
  // For work that waits, as for a server. Work that computes keeps timers from running, and reports by itself.
  const timer = setInterval(() => progress.tell(), PAUSE.terminal);
  try {
    return await work((...state) => progress.report(...state));
  } finally {
    clearInterval(timer);
    progress.clear();
  }
}

class Progress {
  readonly #outlet: Outlet;
  readonly #pause: number;
  #state: Parameters<Report> | undefined;
  #shown = false;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
    this.#pause = outlet.columns === undefined ? PAUSE.log : PAUSE.terminal;
  }

  report(...state: Parameters<Report>): void {
    this.#state = state;
    this.#outlet.due ??= this.#outlet.now() + PATIENCE;
    this.tell();
  }

  /** Says what was reported last, when it is time for it. */
  tell(): void {
    const { columns, due } = this.#outlet;
    const now = this.#outlet.now();
    if (!this.#state || due === undefined || now < due) return;
    this.#outlet.due = now + this.#pause;
    this.#shown = true;
    const text = textOf(...this.#state);
    if (columns === undefined) this.#outlet.write(`${text}\n`);
    // The last column stays free: some terminals go to the next line behind it.
    else this.#outlet.write(`${CLEAR_LINE}${text.slice(0, Math.max(0, columns - 1))}`);
  }

  clear(): void {
    if (this.#shown && this.#outlet.columns !== undefined) this.#outlet.write(CLEAR_LINE);
  }
}

function textOf(what: string, done?: number, total?: number): string {
  const count = done === undefined ? '' : total === undefined ? `: ${done}` : `: ${done} of ${total}`;
  return `${printable(what)}${count} …`;
}

/** Standard error of this process. What reads along with the messages (`withSink`) is no place for progress. */
const STDERR: Outlet = {
  write: (text) => {
    if (isRedirected()) return;
    try {
      // Not through the stream: it would hold the text back until the computing has ended.
      writeSync(process.stderr.fd, text);
    } catch {
      // Nobody reads it, or not fast enough: progress is not worth waiting for.
    }
  },
  get columns() {
    const isTerminal = process.stderr.isTTY === true && process.env['TERM'] !== 'dumb';
    return isTerminal ? process.stderr.columns || DEFAULT_COLUMNS : undefined;
  },
  // Without its clock: Node would load all of its performance hooks.
  now: () => process.uptime() * 1_000,
  due: undefined,
};
