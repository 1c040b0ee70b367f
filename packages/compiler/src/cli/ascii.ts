/** JSON whose strings from the cluster say nothing to a terminal: everything but ASCII is escaped. */
export function asciiJson(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
