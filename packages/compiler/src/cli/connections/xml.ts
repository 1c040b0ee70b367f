/** Text from the cluster in XML: quotes and brackets as entities, and nothing that XML cannot hold. Expects printable text. */
export function xml(text: string): string {
  return text.replace(/[\ufffe\uffff]/g, '\ufffd').replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
