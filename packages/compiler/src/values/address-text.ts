/** The written forms of addresses, read strictly. Node has a module for that: it takes longer to load than these to run. */

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const A = 0x61;
const F = 0x66;

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const QUAD = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

/** A group that is not zero and has no leading zeros. */
const GROUP = '[1-9a-f][0-9a-f]{0,3}';
/** Eight of them; or at most six, with `::` between two of them. */
const CANONICAL = new RegExp(`^(?:(?:${GROUP}:){7}${GROUP}|(?!(?:[^:]*:){7})(?:${GROUP}:)+(?::${GROUP})+)$`);

/** Whether a text is an IPv4 address: four decimal numbers up to 255 without leading zeros. */
export function isDottedQuad(text: string): boolean {
  return QUAD.test(text);
}

/**
 * Whether a text is surely an IPv6 address in canonical form, as the API server writes most of them. Says no to some
 * that are.
 */
export function isCanonicalIpv6(text: string): boolean {
  return CANONICAL.test(text);
}

/** A dotted quad as a signed 32-bit word. */
export function quadWord(text: string): number {
  let word = 0;
  let octet = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      word = (word << 8) | octet;
      octet = 0;
    } else octet = octet * 10 + code - ZERO;
  }
  return (word << 8) | octet;
}

/** The eight 16-bit groups of an IPv6 address; undefined when the text is none. Zones (`%eth0`) are no part of one. */
export function readGroups(text: string): number[] | undefined {
  const gap = text.indexOf('::');
  if (gap < 0) {
    const all = readSide(text, true);
    return all?.length === 8 ? all : undefined;
  }
  const groups = gap === 0 ? [] : readSide(text.slice(0, gap), false);
  const after = gap + 2 === text.length ? [] : readSide(text.slice(gap + 2), true);
  // `::` stands for one group at least.
  if (!groups || !after || groups.length + after.length > 7) return undefined;
  while (groups.length + after.length < 8) groups.push(0);
  groups.push(...after);
  return groups;
}

/** The groups of one side of `::`. A dotted quad counts as two, and may stand only where the address ends. */
function readSide(text: string, isEnd: boolean): number[] | undefined {
  const groups: number[] = [];
  const parts = text.split(':');
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] as string;
    if (isEnd && at === parts.length - 1 && isDottedQuad(part)) {
      const word = quadWord(part);
      groups.push(word >>> 16, word & 0xffff);
      continue;
    }
    const group = readGroup(part);
    if (group === undefined) return undefined;
    groups.push(group);
  }
  return groups;
}

/** One to four hexadecimal digits. */
function readGroup(text: string): number | undefined {
  if (text.length === 0 || text.length > 4) return undefined;
  let group = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Lower case.
    const letter = code | 0x20;
    if (code >= ZERO && code <= NINE) group = group * 16 + code - ZERO;
    else if (letter >= A && letter <= F) group = group * 16 + letter - A + 10;
    else return undefined;
  }
  return group;
}
