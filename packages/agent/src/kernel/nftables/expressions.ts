/** Expressions of rules (linux/netfilter/nf_tables.h); all of them work on the first register. */
import { hostNumber, writeData } from './data.ts';
import type { MessageWriter } from './message-writer.ts';
import { NFTA_DATA, NFTA_EXPR, NFTA_LIST_ELEM, NFTA_VERDICT_CODE } from './protocol.ts';

const VERDICT_REGISTER = 0;
const REGISTER = 1;
const NF_ACCEPT = 1;

const META = { priority: 2, nfproto: 15, l4proto: 16 } as const;
const CT_MARK = 3;
const COMPARE = { '==': 0, '<=': 3, '>=': 5 } as const;
const PAYLOAD_BASE = { network: 1, transport: 2 } as const;
const BITWISE = { bool: 0, shiftRight: 2 } as const;

const NFTA_META = { target: 1, key: 2, source: 3 } as const;
const NFTA_CT = { target: 1, key: 2, source: 4 } as const;
const NFTA_CMP = { source: 1, operator: 2, data: 3 } as const;
const NFTA_PAYLOAD = { target: 1, base: 2, offset: 3, length: 4 } as const;
const NFTA_BITWISE = { source: 1, target: 2, length: 3, mask: 4, xor: 5, operator: 6, data: 7 } as const;
const NFTA_IMMEDIATE = { target: 1, data: 2 } as const;
const NFTA_LOOKUP = { set: 1, source: 2, target: 3, setId: 4 } as const;

export function loadMeta(writer: MessageWriter, key: keyof typeof META): void {
  expression(writer, 'meta', () => {
    writer.number(NFTA_META.key, META[key]);
    writer.number(NFTA_META.target, REGISTER);
  });
}

export function setPriority(writer: MessageWriter): void {
  expression(writer, 'meta', () => {
    writer.number(NFTA_META.key, META.priority);
    writer.number(NFTA_META.source, REGISTER);
  });
}

export function loadConnectionMark(writer: MessageWriter): void {
  expression(writer, 'ct', () => {
    writer.number(NFTA_CT.key, CT_MARK);
    writer.number(NFTA_CT.target, REGISTER);
  });
}

export function setConnectionMark(writer: MessageWriter): void {
  expression(writer, 'ct', () => {
    writer.number(NFTA_CT.key, CT_MARK);
    writer.number(NFTA_CT.source, REGISTER);
  });
}

export function loadPayload(
  writer: MessageWriter,
  base: keyof typeof PAYLOAD_BASE,
  { offset, length }: { readonly offset: number; readonly length: number },
): void {
  expression(writer, 'payload', () => {
    writer.number(NFTA_PAYLOAD.target, REGISTER);
    writer.number(NFTA_PAYLOAD.base, PAYLOAD_BASE[base]);
    writer.number(NFTA_PAYLOAD.offset, offset);
    writer.number(NFTA_PAYLOAD.length, length);
  });
}

/** The rule goes on where the register's first bytes are so. */
export function compare(
  writer: MessageWriter,
  operator: keyof typeof COMPARE,
  bytes: readonly number[],
): void {
  expression(writer, 'cmp', () => {
    writer.number(NFTA_CMP.source, REGISTER);
    writer.number(NFTA_CMP.operator, COMPARE[operator]);
    writeData(writer, NFTA_CMP.data, bytes);
  });
}

/** `& mask ^ xor`, of a number in host order. */
export function maskNumber(writer: MessageWriter, mask: number, xor: number): void {
  bool(writer, hostNumber(mask), hostNumber(xor));
}

export function maskByte(writer: MessageWriter, mask: number): void {
  bool(writer, [mask], [0]);
}

export function shiftByteRight(writer: MessageWriter, bits: number): void {
  bitwise(writer, BITWISE.shiftRight, 1, () => writeData(writer, NFTA_BITWISE.data, hostNumber(bits)));
}

export function loadNumber(writer: MessageWriter, value: number): void {
  expression(writer, 'immediate', () => {
    writer.number(NFTA_IMMEDIATE.target, REGISTER);
    writeData(writer, NFTA_IMMEDIATE.data, hostNumber(value));
  });
}

export function accept(writer: MessageWriter): void {
  expression(writer, 'immediate', () => {
    writer.number(NFTA_IMMEDIATE.target, VERDICT_REGISTER);
    writer.nest(NFTA_IMMEDIATE.data, () =>
      writer.nest(NFTA_DATA.verdict, () => writer.number(NFTA_VERDICT_CODE, NF_ACCEPT)),
    );
  });
}

/** What a map of this batch has for the register. */
export function lookUp(writer: MessageWriter, set: string, setId: number): void {
  expression(writer, 'lookup', () => {
    writer.number(NFTA_LOOKUP.source, REGISTER);
    writer.number(NFTA_LOOKUP.target, REGISTER);
    writer.text(NFTA_LOOKUP.set, set);
    writer.number(NFTA_LOOKUP.setId, setId);
  });
}

function bool(writer: MessageWriter, mask: readonly number[], xor: readonly number[]): void {
  bitwise(writer, BITWISE.bool, mask.length, () => {
    writeData(writer, NFTA_BITWISE.mask, mask);
    writeData(writer, NFTA_BITWISE.xor, xor);
  });
}

function bitwise(writer: MessageWriter, operator: number, length: number, operands: () => void): void {
  expression(writer, 'bitwise', () => {
    writer.number(NFTA_BITWISE.source, REGISTER);
    writer.number(NFTA_BITWISE.target, REGISTER);
    writer.number(NFTA_BITWISE.operator, operator);
    writer.number(NFTA_BITWISE.length, length);
    operands();
  });
}

function expression(writer: MessageWriter, name: string, attributes: () => void): void {
  writer.nest(NFTA_LIST_ELEM, () => {
    writer.text(NFTA_EXPR.name, name);
    writer.nest(NFTA_EXPR.data, attributes);
  });
}
