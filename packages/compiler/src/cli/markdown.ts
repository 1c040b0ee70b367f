/** Text from the cluster in Markdown, where nothing of it may be taken for markup. */

/** The text as code, in a table or out of it. Expects printable text. */
export function codeSpan(text: string): string {
  // No name that an API server takes holds one of these; a code span could not hold them in every place.
  return /[`|\\]|^ | $|^$/.test(text) ? `<code>${asEntities(text)}</code>` : `\`${text}\``;
}

function asEntities(text: string): string {
  return text.replace(/[^A-Za-z0-9 ]/gu, (char) => `&#${char.codePointAt(0)};`);
}
