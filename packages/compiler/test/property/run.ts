import { relative } from 'node:path';
import fc from 'fast-check';
import { Assertion } from 'uvu/assert';

/** How often a property is tried in an ordinary test run; KNCOMPILE_CASES replaces it. */
const ORDINARY_CASES = 2000;

const cases = numberFrom('KNCOMPILE_CASES');
const seed = numberFrom('KNCOMPILE_SEED') ?? Math.floor(Math.random() * 2 ** 31);

export interface Property<T> {
  readonly values: fc.Arbitrary<T>;
  /** Throws where the property does not hold. */
  readonly check: (value: T) => void;
  /** A counterexample for a person to read. */
  readonly describe: (value: T) => string;
  /** A fraction of the usual number of cases, for a property whose cases are many in one. */
  readonly share?: number;
}

/**
 * Tries a property on random values; on failure throws the smallest counterexample found, with how to see it again.
 * Returns the number of cases. KNCOMPILE_CASES sets the number of cases, KNCOMPILE_SEED the start of the random numbers.
 */
export function holds<T>({ values, check, describe, share = 1 }: Property<T>): number {
  const numRuns = Math.ceil((cases ?? ORDINARY_CASES) * share);
  const details = fc.check(
    fc.property(values, (value) => check(value)),
    // fast-check's bias towards small values would leave most clusters without pods.
    { seed, numRuns, unbiased: true },
  );
  console.log(`${details.numRuns} cases with seed ${seed}`);
  if (!details.failed) return details.numRuns;
  const [value] = details.counterexample ?? [];
  const body = [
    value === undefined ? 'no value could be made' : describe(value),
    errorText(details.errorInstance),
    `To see it again: KNCOMPILE_SEED=${seed} KNCOMPILE_CASES=${cases ?? ORDINARY_CASES} node ${relative(process.cwd(), process.argv[1] ?? '')}`,
  ];
  const head = `case ${details.numRuns} fails; made smaller ${details.numShrinks} times it is`;
  // uvu prints `details` as they are, but a long message twice.
  throw Object.assign(new Error(head), { details: body.join('\n') });
}

/** What an assertion has found; where the code under test threw by itself, also from where. */
function errorText(error: unknown): string {
  if (error instanceof Assertion) return [error.message, error.details].filter(Boolean).join('\n');
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function numberFrom(variable: string): number | undefined {
  const text = process.env[variable];
  if (text === undefined || text === '') return undefined;
  // Of ten digits too: more than half of all seeds have as many.
  if (!/^[0-9]{1,10}$/.test(text))
    throw new RangeError(`${variable} is ${JSON.stringify(text)}, not a number`);
  return Number(text);
}
