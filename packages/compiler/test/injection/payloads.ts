/** The word that hostile texts try to bring into the ruleset; nothing of ours contains it. */
export const MARKER = 'pwned';

/** What ends a comment, a string, a statement or a line, or takes the reader of a message in. */
export const PAYLOADS: Readonly<Record<string, string>> = {
  quote: '" pwned',
  'quote and statement': '"; pwned; "',
  'quote, comment and newline': '" : 0:1, # \n pwned',
  apostrophe: "' pwned '",
  semicolon: '; pwned ;',
  hash: '# pwned',
  'closing braces': '} } table inet pwned { chain pwned { ',
  'a table of its own': '"\n\t}\n}\nflush ruleset\ntable inet pwned {\n',
  newline: '\nadd table inet pwned\n',
  'carriage return': '\r\nadd table inet pwned\r',
  'line separators': '\u2028add table inet pwned\u2029\u0085\v\f',
  tab: '\tpwned\t',
  NUL: '\0pwned',
  backslash: 'pwned\\',
  'escaped quote': '\\" pwned',
  'continued line': 'pwned \\\n pwned',
  'shell substitution': '$(touch pwned) `pwned` $pwned',
  'nft variable': '$pwned @peers4 @pwned',
  include: 'include "/etc/pwned"',
  'C comment': '/* pwned */',
  element: ' : 0:1, 10.9.9.9 : 0:1, pwned',
  'terminal escapes': '\x1b[31mpwned\x1b]0;pwned\x07\x1b[2J',
  'escapes of one byte': '\x9b31mpwned\x9d0;pwned\x9c',
  'text direction': '\u202epwned\u2066\u200b\ufeff',
  'halves of characters': '\udc00pwned\ud800',
  'format string': '%s%n%x pwned',
  '300 characters': MARKER.repeat(60),
  '300 quotes': '"'.repeat(300),
  '300 backslashes': '\\'.repeat(300),
  '300 characters outside ASCII': 'ä'.repeat(300),
  '300 surrogate pairs': '\u{1f44d}'.repeat(150),
  'property of every object': '__proto__',
  constructor: 'constructor',
};

/** What must not reach a terminal: it moves the cursor, colours, hides, reorders or breaks lines. */
export const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
