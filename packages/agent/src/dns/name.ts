/** RFC 1035, 3.1: at most 255 octets on the wire. */
const LONGEST_NAME = 255;
const LONGEST_LABEL = 63;
/** The two highest bits of a length: a pointer to an earlier name (RFC 1035, 4.1.4). */
const POINTER = 0xc0;

const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;

/** A name as it stands in a message: lower case, without the dot at its end, and where it ends. */
export interface WireName {
  /**
   * Undefined for a name with octets other than letters, digits, hyphens and underscores: no policy can mean it, and a dot
   * within a label must not pass for one between two labels.
   */
  readonly text: string | undefined;
  /** Where the next field begins. */
  readonly end: number;
}

/** Reads a name; undefined when it is malformed. Pointers lead backwards only, so that reading always ends. */
export function readName(message: Uint8Array, start: number): WireName | undefined {
  const labels: string[] = [];
  let isPlain = true;
  let at = start;
  let end: number | undefined;
  /** Pointers must lead to before this. */
  let earliest = start;
  for (let length = 1; ; ) {
    const octet = message[at];
    if (octet === undefined) return undefined;
    if (octet >= POINTER) {
      const low = message[at + 1];
      if (low === undefined) return undefined;
      end ??= at + 2;
      at = ((octet & 0x3f) << 8) | low;
      if (at >= earliest) return undefined;
      earliest = at;
      continue;
    }
    if (octet === 0) return { text: isPlain ? labels.join('.') : undefined, end: end ?? at + 1 };
    length += octet + 1;
    if (octet > LONGEST_LABEL || length > LONGEST_NAME || at + 1 + octet > message.length) return undefined;
    const label = readLabel(message, at + 1, octet);
    if (label === undefined) isPlain = false;
    else labels.push(label);
    at += 1 + octet;
  }
}

function readLabel(message: Uint8Array, start: number, length: number): string | undefined {
  let text = '';
  for (let at = start; at < start + length; at++) {
    const octet = message[at] as number;
    const lower = octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
    const isPlain =
      (lower >= 0x61 && lower <= 0x7a) ||
      (lower >= 0x30 && lower <= 0x39) ||
      lower === HYPHEN ||
      lower === UNDERSCORE;
    if (!isPlain || lower === DOT) return undefined;
    text += String.fromCharCode(lower);
  }
  return text;
}
