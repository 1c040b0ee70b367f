import type { PortMatch } from '../model/types.ts';
import { lastField, type Path, quote, type Reader } from './report.ts';
import { BROKEN, fine, type Part } from './rules.ts';
import type { State } from './shape.ts';

const PORT_NAME_LENGTH = 15;

/** Whether a container port can have this name (RFC 6335, as Kubernetes applies it). */
function isPortName(text: string): boolean {
  return text.length <= PORT_NAME_LENGTH && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && /[a-z]/.test(text);
}

/** Reports a named port that no pod can have. */
export function checkPortName(text: string, path: Path, reader: Reader): State {
  if (isPortName(text)) return 'fine';
  const expected = /^[0-9]+$/.test(text)
    ? `the number ${text} without quotes, or a name with a letter`
    : "at most 15 lower-case letters, digits and single inner '-', with at least one letter";
  reader.report(
    'port-name',
    path,
    `${lastField(path)} ${quote(text)} cannot be the name of a port`,
    expected,
  );
  return 'broken';
}

/** A port by name, of whatever protocol the pod gives it (S34). */
export function readPortName(name: string, path: Path, reader: Reader): Part<PortMatch> {
  if (checkPortName(name, path, reader) === 'broken') return BROKEN;
  return fine(Object.freeze({ kind: 'named', name, protocol: 'any' }));
}
