/** The written forms of addresses, read strictly. Node's own look at them takes longer to load than to read ten thousand. */

const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const A = 0x61;
const F = 0x66;
const COLON = 0x3a;

/**
 * Whether a text is surely an IPv6 address in canonical form, as the API server writes them: lower case, no leading
 * zeros, `::` for the longest run of zeros. Says no to some that are (ties between runs, dotted quads).
 */
export function isCanonicalIpv6(text: string): boolean {
  let groups = 0;
  let digits = 0;
  let zeros = 0;
  let longest = 0;
  let gap = -1;
  if (text.startsWith('::ffff:')) return false;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : COLON;
    if (code !== COLON) {
      if (!(code >= ZERO && code <= NINE) && !(code >= A && code <= F)) return false;
      if (++digits > 4 || (digits === 2 && text.charCodeAt(at - 1) === ZERO)) return false;
      continue;
    }
    if (digits === 0) {
      // `::`, once; a lone colon at either end is none.
      if (at === text.length) return gap === at && isShortest(groups, longest);
      if (text.charCodeAt(at + 1) === COLON && at === 0) at++;
      else if (at === 0 || text.charCodeAt(at - 1) !== COLON) return false;
      if (gap >= 0 || zeros > 0) return false;
      gap = at + 1;
      continue;
    }
    groups++;
    const isZero = digits === 1 && text.charCodeAt(at - 1) === ZERO;
    if (isZero && gap === at - 1) return false;
    zeros = isZero ? zeros + 1 : 0;
    longest = Math.max(longest, zeros);
    digits = 0;
  }
  return gap < 0 ? groups === 8 && longest < 2 : isShortest(groups, longest);
}

/** Whether `::` stands for two groups at least, and for more than any run of zeros beside it. */
function isShortest(groups: number, longest: number): boolean {
  return groups <= 6 && longest < 8 - groups;
}

/** Whether a text is an IPv4 address: four decimal numbers up to 255 without leading zeros. */
export function isDottedQuad(text: string): boolean {
  let dots = 0;
  let octet = -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (octet < 0 || ++dots > 3) return false;
      octet = -1;
      continue;
    }
    if (code < ZERO || code > NINE || octet === 0) return false;
    octet = octet < 0 ? code - ZERO : octet * 10 + code - ZERO;
    if (octet > 255) return false;
  }
  return dots === 3 && octet >= 0;
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
