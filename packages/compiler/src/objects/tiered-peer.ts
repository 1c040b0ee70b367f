import type { Action, Direction, DomainMatch, PeerMatch } from '../model/types.ts';
import { readCidr } from './cidrs.ts';
import type { Shapes } from './raw.ts';
import { lastField, type Path, quote, type Reader } from './report.ts';
import { BROKEN, fine, joinParts, type Part, UNKNOWN } from './rules.ts';
import { readSelector } from './selector.ts';
import type { Shape } from './shape.ts';
import { readSoleForm, type SoleForm } from './sole-form.ts';
import { type PodsShape, readNamespaces, readPods } from './tiered-pods.ts';

export interface PeerContext {
  readonly pods: PodsShape;
  readonly direction: Direction;
  /** Undefined when it could not be read. */
  readonly action: Action | undefined;
}

type Form = keyof Shapes['tieredPeer'];

const PEER: SoleForm<'tieredPeer', Form> = {
  shape: 'tieredPeer',
  forms: ['namespaces', 'pods', 'nodes', 'networks', 'domainNames'],
  ambiguous: 'peer-ambiguous',
  noun: 'peer',
};

/** A peer of the tiered kinds (S31–S33, S37). */
export function readTieredPeer(
  raw: unknown,
  path: Path,
  context: PeerContext,
  reader: Reader,
): Part<PeerMatch> {
  return readSoleForm(PEER, raw, path, reader, (form, value) => {
    const misplaced = misplacement(form, context);
    if (!misplaced) return readForm(form, value, path, context, reader);
    const message = `${form} peers exist only in ${misplaced}, so the whole rule fails closed`;
    reader.report('peer-not-applicable', [...path, form], message, undefined, 'key');
    return UNKNOWN;
  });
}

/** Where such peers belong, if not here (S33, S37). */
function misplacement(form: Form, { direction, action }: PeerContext): string | undefined {
  switch (form) {
    case 'namespaces':
    case 'pods':
      return undefined;
    case 'nodes':
    case 'networks':
      return direction === 'egress' ? undefined : 'egress rules';
    case 'domainNames':
      // An action that could not be read has been reported; a second message would only repeat it.
      return direction === 'egress' && (action ?? 'allow') === 'allow'
        ? undefined
        : 'egress rules that allow';
  }
}

function readForm(
  form: Form,
  value: Shapes['tieredPeer'],
  path: Path,
  context: PeerContext,
  reader: Reader,
): Part<PeerMatch> {
  const at = [...path, form];
  switch (form) {
    case 'namespaces':
      return single(readNamespaces(value.namespaces ?? {}, at, reader, 'unknown-field'));
    case 'pods':
      return single(readPods(value.pods ?? {}, at, context.pods, reader, 'unknown-field'));
    case 'nodes': {
      const selector = readSelector(value.nodes ?? {}, at, reader, 'unknown-field');
      return single({
        value: Object.freeze({ kind: 'nodes', selector: selector.value }),
        state: selector.state,
      });
    }
    case 'networks':
      return joinParts(
        (value.networks ?? []).map((text, index) => readNetwork(text, [...at, index], reader)),
      );
    case 'domainNames':
      return joinParts(
        (value.domainNames ?? []).map((text, index) => readDomain(text, [...at, index], reader)),
      );
  }
}

function single(shape: Shape<PeerMatch>): Part<PeerMatch> {
  return shape.state === 'fine' ? fine(shape.value) : { value: [], state: shape.state };
}

function readNetwork(text: string, path: Path, reader: Reader): Part<PeerMatch> {
  const cidr = readCidr(text, path, reader);
  return cidr ? fine(Object.freeze({ kind: 'block', cidr, except: Object.freeze([]) })) : BROKEN;
}

const DOMAIN_LENGTH = 253;
const DOMAIN = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/;

/** S37: at least two labels, a wildcard only in front, a trailing dot without meaning. */
function readDomain(text: string, path: Path, reader: Reader): Part<DomainMatch> {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name.length <= DOMAIN_LENGTH && DOMAIN.test(name)) return fine(Object.freeze({ kind: 'domain', name }));
  const message = `${lastField(path)} ${quote(text)} is not a domain name`;
  reader.report('domain-name', path, message, 'a full name such as www.example.com, or *.example.com');
  return BROKEN;
}
