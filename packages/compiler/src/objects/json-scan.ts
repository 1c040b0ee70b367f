/** A scan over JSON text for what `JSON.parse` does not tell: where something stands, and what is wrong with it. */

export interface JsonFault {
  readonly offset: number;
  readonly what: string;
  readonly expected: string;
}

export interface JsonScan {
  /** Behind the value; where the scan gave up, if it is faulty. */
  readonly end: number;
  readonly fault: JsonFault | undefined;
  /** Offsets of keys that their object has already. */
  readonly duplicates: readonly number[];
}

type Want = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or end';

const EXPECTED: Readonly<Record<Want, string>> = {
  value: 'a value',
  'value or ]': 'a value or ]',
  key: 'a key in double quotes',
  'key or }': 'a key in double quotes or }',
  colon: 'a colon',
  'comma or end': 'a comma or the end of this list or object',
};

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z.+-])/y;
const WORD = /(?:true|false|null)(?![0-9A-Za-z])/y;

/** Reads one value strictly, from `start`. Does not recurse, so no text is too deep. */
export function scanJson(text: string, start: number): JsonScan {
  // One entry for each open object or list: the keys of an object so far.
  const open: (Set<string> | 'list')[] = [];
  const duplicates: number[] = [];
  let want: Want = 'value';
  let at = start;
  const stop = (offset: number, what: string, expected: string): JsonScan => ({
    end: offset,
    fault: { offset, what, expected },
    duplicates,
  });
  for (;;) {
    at = skipSpace(text, at);
    if (at >= text.length) return stop(text.trimEnd().length, 'the text ends here', EXPECTED[want]);
    const char = text.charAt(at);
    const top = open.at(-1);
    let closed = false;
    if (want === 'colon') {
      if (char !== ':') return stop(at, `${JSON.stringify(char)} stands here`, EXPECTED[want]);
      want = 'value';
      at++;
    } else if (want === 'comma or end' && char === ',') {
      want = top === 'list' ? 'value' : 'key';
      at++;
    } else if (
      (char === '}' && top instanceof Set && (want === 'comma or end' || want === 'key or }')) ||
      (char === ']' && top === 'list' && (want === 'comma or end' || want === 'value or ]'))
    ) {
      open.pop();
      closed = true;
      at++;
    } else if ((want === 'key' || want === 'key or }') && char === '"' && top instanceof Set) {
      const end = endOfString(text, at);
      if (typeof end !== 'number') return stop(end.offset, end.what, end.expected);
      const key = JSON.parse(text.slice(at, end)) as string;
      if (top.has(key)) duplicates.push(at);
      top.add(key);
      want = 'colon';
      at = end;
    } else if (want === 'value' || want === 'value or ]') {
      if (char === '{' || char === '[') {
        open.push(char === '{' ? new Set() : 'list');
        want = char === '{' ? 'key or }' : 'value or ]';
        at++;
      } else {
        const end = endOfScalar(text, at);
        if (end === undefined) return stop(at, `${JSON.stringify(char)} stands here`, EXPECTED[want]);
        if (typeof end !== 'number') return stop(end.offset, end.what, end.expected);
        closed = true;
        at = end;
      }
    } else {
      return stop(at, `${JSON.stringify(char)} stands here`, EXPECTED[want]);
    }
    if (closed) {
      if (open.length === 0) return { end: at, fault: undefined, duplicates };
      want = 'comma or end';
    }
  }
}

function endOfScalar(text: string, at: number): number | JsonFault | undefined {
  if (text.charAt(at) === '"') return endOfString(text, at);
  for (const pattern of [NUMBER, WORD]) {
    pattern.lastIndex = at;
    if (pattern.test(text)) return pattern.lastIndex;
  }
  return undefined;
}

function endOfString(text: string, at: number): number | JsonFault {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) return i + 1;
    if (code < 32)
      return { offset: i, what: 'a control character stands in a string', expected: 'an escape such as \\n' };
    if (code !== 92) continue;
    const rest = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(i + 1, i + 6));
    if (!rest)
      return {
        offset: i,
        what: 'this is no escape',
        expected: 'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX',
      };
    i += rest[0].length;
  }
  return { offset: at, what: 'this string does not end', expected: 'a double quote' };
}

export function skipSpace(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) break;
  }
  return at;
}
