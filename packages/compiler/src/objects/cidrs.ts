import { type Cidr, formatCidr, parseCidr } from '../values/cidr.ts';
import { lastField, type Path, quote, type Reader } from './report.ts';

/** Reads a CIDR, masking host bits with a warning (S22); undefined, and reported, when it is none. */
export function readCidr(text: string, path: Path, reader: Reader): Cidr | undefined {
  const parsed = parseCidr(text);
  if (!parsed) {
    reader.report(
      'cidr-invalid',
      path,
      `${lastField(path)} ${quote(text)} is not a CIDR`,
      'address/prefix, such as 10.0.0.0/8 or fd00::/8',
    );
    return undefined;
  }
  if (parsed.masked) {
    const masked = formatCidr(parsed.cidr);
    reader.report(
      'cidr-host-bits',
      path,
      `${lastField(path)} ${quote(text)} has bits set behind its prefix, and is read as ${masked}`,
      masked,
    );
  }
  return Object.freeze(parsed.cidr);
}
