import {
  type Address,
  addressWords,
  commentOf,
  type Element,
  type FieldType,
  familyBits,
  type KeyPart,
  type PortRange,
  type SetShape,
  safeComment,
} from '@kncompile/compiler';
import { hostNumber, writeData } from './data.ts';
import type { MessageWriter } from './message-writer.ts';
import { NFTA_ELEMENT, NFTA_LIST_ELEM } from './protocol.ts';

/** libnftnl/udata.h: what nft keeps of an element's comment, as type, length and C string. */
const NFTNL_UDATA_SET_ELEM_COMMENT = 0;

/** Writes one element of a list; `isWhole` with what is more than its key. */
export function writeElement(
  writer: MessageWriter,
  shape: SetShape,
  element: Element,
  isWhole: boolean,
): void {
  writer.nest(NFTA_LIST_ELEM, () => {
    writeData(writer, NFTA_ELEMENT.key, keyBytes(shape, element.key, 'first'));
    if (shape.interval) writeData(writer, NFTA_ELEMENT.keyEnd, keyBytes(shape, element.key, 'last'));
    if (!isWhole) return;
    if (element.value !== undefined) writeData(writer, NFTA_ELEMENT.data, hostNumber(element.value));
    const comment = commentOf(element);
    if (comment !== undefined) writer.bytes(NFTA_ELEMENT.userdata, commentBytes(comment));
  });
}

/**
 * The lower or upper end of a key as the kernel compares it: one field behind another, each padded to four bytes. Numbers
 * are in network order, but for the class: as packets carry their priority, in host order. Where keys are ranges nft has
 * rules turn it round, for the order of bytes to be that of numbers.
 */
export function keyBytes(shape: SetShape, key: readonly KeyPart[], end: 'first' | 'last'): Buffer {
  const { family, fields, interval } = shape;
  const bytes = Buffer.alloc(fields.reduce((sum, field) => sum + fieldBytes(shape, field), 0));
  let at = 0;
  for (const [i, field] of fields.entries()) {
    const part = key[i] as KeyPart;
    switch (field) {
      case 'class':
        if (interval) bytes.writeUInt32BE(part as number, at);
        else bytes.writeUInt32LE(part as number, at);
        break;
      case 'address':
        // Ranges of addresses are in sets of one field only.
        for (const [word, value] of addressWords(part as Address).entries())
          bytes.writeInt32BE(value, at + 4 * word);
        break;
      case 'protocol':
        bytes.writeUInt8(part as number, at);
        break;
      case 'port':
        bytes.writeUInt16BE(typeof part === 'object' ? (part as PortRange)[end] : (part as number), at);
        break;
    }
    at += fieldBytes({ family }, field);
  }
  return bytes;
}

function fieldBytes({ family }: Pick<SetShape, 'family'>, field: FieldType): number {
  return field === 'address' ? familyBits(family) / 8 : 4;
}

function commentBytes(comment: string): Buffer {
  const text = `${safeComment(comment)}\0`;
  return Buffer.from(String.fromCharCode(NFTNL_UDATA_SET_ELEM_COMMENT, text.length) + text, 'latin1');
}
