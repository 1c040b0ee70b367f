/** Offsets of fields in JSON text that is known to be good. Each level is scanned when it is first asked for. */
import { skipSpace } from './json-scan.ts';

export interface JsonNode {
  /** Of the value. */
  readonly start: number;
  /** Of its key, in an object. */
  readonly keyStart: number | undefined;
  children: JsonChildren | undefined;
}

type JsonChildren = readonly JsonNode[] | ReadonlyMap<string, JsonNode>;

export function jsonNode(start: number, keyStart?: number): JsonNode {
  return { start, keyStart, children: undefined };
}

/** An object with one list, of whose items it is known where they start. */
export function nodeOfList(start: number, field: string, items: readonly number[]): JsonNode {
  const list: JsonNode = { start, keyStart: undefined, children: items.map((at) => jsonNode(at)) };
  return { start, keyStart: undefined, children: new Map([[field, list]]) };
}

/** The child at a key or index, if there is one. */
export function childOf(text: string, node: JsonNode, step: string | number): JsonNode | undefined {
  node.children ??= scanChildren(text, node.start);
  return node.children instanceof Map
    ? node.children.get(String(step))
    : (node.children as readonly JsonNode[])[Number(step)];
}

function scanChildren(text: string, start: number): JsonChildren {
  const opening = text.charAt(start);
  if (opening === '[') return scanList(text, start);
  return opening === '{' ? scanObject(text, start) : [];
}

function scanList(text: string, start: number): JsonNode[] {
  const nodes: JsonNode[] = [];
  let at = skipSpace(text, start + 1);
  while (text.charAt(at) !== ']') {
    nodes.push(jsonNode(at));
    at = afterComma(text, endOfValue(text, at));
  }
  return nodes;
}

function scanObject(text: string, start: number): Map<string, JsonNode> {
  const nodes = new Map<string, JsonNode>();
  let at = skipSpace(text, start + 1);
  while (text.charAt(at) !== '}') {
    const keyEnd = endOfString(text, at);
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1);
    // Of a key that occurs twice JSON.parse takes the last value, and so does the map.
    nodes.set(JSON.parse(text.slice(at, keyEnd)) as string, jsonNode(value, at));
    at = afterComma(text, endOfValue(text, value));
  }
  return nodes;
}

function afterComma(text: string, from: number): number {
  const at = skipSpace(text, from);
  return text.charAt(at) === ',' ? skipSpace(text, at + 1) : at;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      at = endOfString(text, at) - 1;
      if (depth === 0) return at + 1;
    } else if (code === 123 || code === 91) {
      depth++;
    } else if (code === 125 || code === 93) {
      // The end of the list or object around a scalar.
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && code === 44) {
      return at;
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
}
