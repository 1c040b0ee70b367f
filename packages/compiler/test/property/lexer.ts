/**
 * nft text as nft's own lexer takes it apart (src/scanner.l): strings run from quote to quote on one line and know no
 * escapes, `#` outside of one starts a comment. Kept apart from the printer, which must not be believed here.
 */
export interface Lexed {
  /** Everything outside of strings and comments. */
  readonly syntax: string;
  readonly strings: readonly string[];
}

export function lexNft(text: string): Lexed {
  let syntax = '';
  const strings: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '#') {
      const end = text.indexOf('\n', i);
      i = end < 0 ? text.length : end - 1;
    } else if (char === '"') {
      const end = text.indexOf('"', i + 1);
      const string = end < 0 ? text.slice(i) : text.slice(i + 1, end);
      if (end < 0 || string.includes('\n'))
        throw new SyntaxError(`a string does not end: ${string.slice(0, 80)}`);
      strings.push(string);
      syntax += '""';
      i = end;
    } else syntax += char;
  }
  return { syntax, strings };
}
