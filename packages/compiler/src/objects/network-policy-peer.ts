import type { BlockMatch, PeerMatch, PodMatch } from '../model/types.ts';
import { type Cidr, formatCidr, isStrictSubset } from '../values/cidr.ts';
import { readCidr } from './cidrs.ts';
import type { RawMapping, Shapes } from './raw.ts';
import { lastField, type Path, type Reader } from './report.ts';
import { BROKEN, fine, type Part, UNKNOWN } from './rules.ts';
import { readSelector } from './selector.ts';
import { readShape, worst } from './shape.ts';

const FORMS = 'podSelector, namespaceSelector or ipBlock';

/** A peer of a NetworkPolicy in `namespace` (S16–S19, S22). */
export function readNetworkPolicyPeer(
  raw: unknown,
  path: Path,
  namespace: string,
  reader: Reader,
): Part<PeerMatch> {
  const { value, state } = readShape('networkPolicyPeer', raw, path, reader, 'unknown-field');
  if (state === 'broken') return BROKEN;
  const isBlock = value.ipBlock !== undefined;
  const isPods = value.podSelector !== undefined || value.namespaceSelector !== undefined;
  if (isBlock && isPods) {
    reader.report(
      'peer-ambiguous',
      path,
      `${lastField(path)} has an ipBlock next to a selector`,
      'two peers',
    );
    return BROKEN;
  }
  if (!isBlock && !isPods && state === 'fine') {
    reader.report('peer-empty', path, `${lastField(path)} is empty`, FORMS);
    return BROKEN;
  }
  const match = value.ipBlock
    ? readBlock(value.ipBlock, [...path, 'ipBlock'], reader)
    : readPods(value, path, namespace, reader);
  return state === 'unknown' && match.state === 'fine' ? UNKNOWN : match;
}

function readPods(
  value: Shapes['networkPolicyPeer'],
  path: Path,
  namespace: string,
  reader: Reader,
): Part<PodMatch> {
  const pods = readSelector(value.podSelector ?? {}, [...path, 'podSelector'], reader, 'unknown-field');
  const namespaces =
    value.namespaceSelector &&
    readSelector(value.namespaceSelector, [...path, 'namespaceSelector'], reader, 'unknown-field');
  const state = worst(pods.state, namespaces?.state ?? 'fine');
  if (state !== 'fine') return state === 'broken' ? BROKEN : UNKNOWN;
  return fine(
    Object.freeze({
      kind: 'pods',
      namespaces: Object.freeze(namespaces ? { selector: namespaces.value } : { name: namespace }),
      pods: pods.value,
    }),
  );
}

function readBlock(raw: RawMapping, path: Path, reader: Reader): Part<BlockMatch> {
  const { value, state } = readShape('ipBlock', raw, path, reader, 'unknown-field');
  const cidr = value.cidr === undefined ? undefined : readCidr(value.cidr, [...path, 'cidr'], reader);
  const except = (value.except ?? []).map((text, index) =>
    readExcept(text, cidr, [...path, 'except', index], reader),
  );
  if (state === 'broken' || !cidr || except.includes(undefined)) return BROKEN;
  if (state === 'unknown') return UNKNOWN;
  return fine(Object.freeze({ kind: 'block', cidr, except: Object.freeze(except as Cidr[]) }));
}

function readExcept(text: string, outer: Cidr | undefined, path: Path, reader: Reader): Cidr | undefined {
  const cidr = readCidr(text, path, reader);
  if (!cidr || !outer || isStrictSubset(cidr, outer)) return cidr;
  const block = formatCidr(outer);
  reader.report(
    'cidr-except',
    path,
    `${lastField(path)} ${formatCidr(cidr)} is not inside ${block}`,
    `a part of ${block} that is smaller than it`,
  );
  return undefined;
}
