import type { Chain, ChainRule, Match, Statement } from '@kncompile/compiler';
import { hostNumber } from './data.ts';
import * as expression from './expressions.ts';
import type { MessageWriter } from './message-writer.ts';
import { NFPROTO_OF } from './protocol.ts';
import { TOS_PRIORITIES } from './tos-priorities.ts';

type Part = Match | Statement;
type Writer<K extends Part['kind']> = (
  writer: MessageWriter,
  part: Extract<Part, { kind: K }>,
  setId: number,
) => void;

const ICMP6_TYPE = { offset: 0, length: 1 };
/** The second byte of an IPv4 header. */
const TOS = { offset: 1, length: 1 };

/**
 * What the chains that name the generation consist of, as the expressions that nft makes of it: nft lists what it knows.
 * None brings the checks of the packet that nft puts before some: the rules have them themselves.
 */
const WRITERS: { readonly [K in Part['kind']]?: Writer<K> } = {
  family: (writer, { family }) => {
    expression.loadMeta(writer, 'nfproto');
    expression.compare(writer, '==', [NFPROTO_OF[family]]);
  },
  l4proto: (writer, { protocols }) => {
    expression.loadMeta(writer, 'l4proto');
    expression.compare(writer, '==', protocols);
  },
  'icmp6-type': (writer, { first, last }) => {
    expression.loadPayload(writer, 'transport', ICMP6_TYPE);
    expression.compare(writer, '>=', [first]);
    expression.compare(writer, '<=', [last]);
  },
  'ct-mark': (writer, { mask, value }) => {
    expression.loadConnectionMark(writer);
    expression.maskNumber(writer, mask, 0);
    expression.compare(writer, '==', hostNumber(value));
  },
  accept: (writer) => expression.accept(writer),
  stamp: (writer, { mask, value }) => {
    expression.loadConnectionMark(writer);
    expression.maskNumber(writer, ~mask, value);
    expression.setConnectionMark(writer);
  },
  'restore-priority': (writer, { family }, setId) => {
    if (family === 4) {
      expression.loadPayload(writer, 'network', TOS);
      expression.maskByte(writer, 0xfc);
      expression.shiftByteRight(writer, 2);
      expression.maskByte(writer, 0x06);
      expression.lookUp(writer, TOS_PRIORITIES, setId);
    } else expression.loadNumber(writer, 0);
    expression.setPriority(writer);
  },
};

/** Whether a chain is none at a hook, and all its rules can be written. */
export function isKnownChain({ hook, rules }: Chain): boolean {
  return !hook && rules.every((rule) => partsOf(rule).every(isKnown));
}

/** Whether a rule looks into TOS_PRIORITIES. */
export function readsTos(rule: ChainRule): boolean {
  return rule.statements.some((part) => part.kind === 'restore-priority' && part.family === 4);
}

/** Writes the expressions of a rule; `setId` names TOS_PRIORITIES within the batch. */
export function writeExpressions(writer: MessageWriter, rule: ChainRule, setId: number): void {
  for (const part of partsOf(rule)) {
    const write = WRITERS[part.kind] as Writer<typeof part.kind> | undefined;
    write?.(writer, part as never, setId);
  }
}

function isKnown(part: Part): boolean {
  // Several protocols need a set.
  return part.kind in WRITERS && (part.kind !== 'l4proto' || part.protocols.length === 1);
}

function partsOf({ matches, statements }: ChainRule): readonly Part[] {
  return [...matches, ...statements];
}
