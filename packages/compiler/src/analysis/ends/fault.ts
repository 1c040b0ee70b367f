import { type Code, type Diagnostic, type DiagnosticDetails, diagnostic } from '../../errors.ts';

/** What is wrong with something that a user wrote, before anybody knows where it stands. */
export interface Fault {
  readonly code: Code;
  /** The middle of a sentence, without full stop. */
  readonly problem: string;
  /** What would be right, as it follows the word "expected". */
  readonly expected: string | undefined;
}

export function fault(code: Code, problem: string, expected?: string): Fault {
  return { code, problem, expected };
}

export function isFault(value: object): value is Fault {
  return 'problem' in value;
}

/** The message about a fault, with its place where it has one. */
export function faultDiagnostic(
  { code, problem, expected }: Fault,
  place: DiagnosticDetails = {},
): Diagnostic {
  return diagnostic(code, problem, { ...place, expected });
}
