/** Lists of objects, taken apart. */
import { type Diagnostic, diagnostic } from '../errors.ts';
import { type SourceDocument, within } from './origin.ts';
import { type Path, quote } from './report.ts';
import { isMapping } from './shape.ts';

/** A List in a List is rare, and deeper ones are a mistake or an attack. */
const MAX_DEPTH = 8;

export interface ListItem {
  readonly raw: unknown;
  /** From the root of its document. */
  readonly path: Path;
}

/**
 * The objects of a document: itself, or the items of a `List` or of a typed list (`PodList`), which inherit its kind
 * and apiVersion.
 */
export function* itemsOf(
  document: SourceDocument,
  diagnostics: Diagnostic[],
  raw: unknown = document.value,
  path: Path = [],
  depth = 0,
): Generator<ListItem> {
  if (!isMapping(raw) || !isList(raw['kind']) || !('items' in raw)) {
    yield { raw, path };
    return;
  }
  const items = raw['items'] ?? [];
  if (!Array.isArray(items) || depth === MAX_DEPTH) {
    const origin = within(document.origin, path);
    const source = origin.sourceOf(['items'], 'value');
    const details = { source, excerpt: origin.excerptOf(source) };
    diagnostics.push(
      depth === MAX_DEPTH
        ? diagnostic('nesting-too-deep', 'this List is nested too deep', details)
        : diagnostic('field-type', `items is ${quote(items)}`, { ...details, expected: 'a list' }),
    );
    return;
  }
  const kind = raw['kind'].slice(0, -'List'.length);
  for (let index = 0; index < items.length; index++) {
    const item = kind === '' ? items[index] : inherit(items[index], kind, raw['apiVersion']);
    const at = [...path, 'items', index];
    if (isMapping(item) && isList(item['kind'])) yield* itemsOf(document, diagnostics, item, at, depth + 1);
    else yield { raw: item, path: at };
  }
}

function isList(kind: unknown): kind is string {
  return typeof kind === 'string' && kind.endsWith('List');
}

function inherit(item: unknown, kind: string, apiVersion: unknown): unknown {
  if (!isMapping(item)) return item;
  const hasKind = item['kind'] !== undefined && item['kind'] !== null;
  const hasVersion = item['apiVersion'] !== undefined && item['apiVersion'] !== null;
  if (hasKind && hasVersion) return item;
  return { ...item, kind: item['kind'] ?? kind, apiVersion: item['apiVersion'] ?? apiVersion };
}
