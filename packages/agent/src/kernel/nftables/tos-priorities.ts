import { hostNumber, writeData } from './data.ts';
import type { MessageWriter } from './message-writer.ts';
import {
  NFTA_ELEMENT,
  NFTA_ELEMENTS,
  NFTA_LIST_ELEM,
  NFTA_SET,
  NFTA_SET_DESC_SIZE,
  TABLE_NAME,
} from './protocol.ts';

/** The kernel puts a number there. */
export const TOS_PRIORITIES = '__map%d';

/** NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_MAP */
const ANONYMOUS_MAP = 0x1 | 0x2 | 0x8;
/** nft's numbers for the types, by which it lists: `dscp` and `classid`. */
const TYPE_DSCP = 36;
const TYPE_CLASSID = 23;

/** What nft keeps with the set for its listing (libnftnl/udata.h): keys in network order, values in host order. */
const USERDATA = Buffer.from('000402000000' + '010401000000' + '060400000000', 'hex');

/** The bits of the DSCP that IPv4 routing looks at -> the priority that it gives. */
const ENTRIES = [
  [0, 0],
  [2, 2],
  [4, 6],
  [6, 4],
] as const;

/** Writes what declares the map, known by this number within the batch. */
export function writeTosSet(writer: MessageWriter, setId: number): void {
  writer.text(NFTA_SET.table, TABLE_NAME);
  writer.text(NFTA_SET.name, TOS_PRIORITIES);
  writer.number(NFTA_SET.flags, ANONYMOUS_MAP);
  writer.number(NFTA_SET.keyType, TYPE_DSCP);
  writer.number(NFTA_SET.keyLength, 1);
  writer.number(NFTA_SET.dataType, TYPE_CLASSID);
  writer.number(NFTA_SET.dataLength, 4);
  writer.number(NFTA_SET.id, setId);
  writer.nest(NFTA_SET.description, () => writer.number(NFTA_SET_DESC_SIZE, ENTRIES.length));
  writer.bytes(NFTA_SET.userdata, USERDATA);
}

/** Writes what fills it. */
export function writeTosEntries(writer: MessageWriter, setId: number): void {
  writer.text(NFTA_ELEMENTS.table, TABLE_NAME);
  writer.text(NFTA_ELEMENTS.set, TOS_PRIORITIES);
  writer.number(NFTA_ELEMENTS.setId, setId);
  writer.nest(NFTA_ELEMENTS.list, () => {
    for (const [bits, priority] of ENTRIES)
      writer.nest(NFTA_LIST_ELEM, () => {
        writeData(writer, NFTA_ELEMENT.key, [bits]);
        writeData(writer, NFTA_ELEMENT.data, hostNumber(priority));
      });
  });
}
