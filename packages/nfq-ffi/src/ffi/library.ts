import { createExternalBuffer, DataType, type FieldType, load, open } from 'ffi-rs';
import { NfqError } from '../errors.ts';

/**
 * Calls into libc and libnetfilter_queue. A wrong parameter type aborts the process, and ffi-rs's table of libraries is
 * not synchronised: everything below runs in one thread, and only this folder knows ffi-rs.
 */
const LIBRARIES = { libc: 'libc.so.6', nfq: 'libnetfilter_queue.so.1' } as const;
export type Library = keyof typeof LIBRARIES;

/** A parameter: its C type, and the value. A pointer is a 64-bit integer. */
export type Parameter = readonly [DataType.I32 | DataType.BigInt | DataType.String, number | bigint | string];

export const int = (value: number): Parameter => [DataType.I32, value];
export const pointer = (address: bigint): Parameter => [DataType.BigInt, address];
export const text = (value: string): Parameter => [DataType.String, value];
export const NULL = pointer(0n);

const opened = new Set<Library>();

/** Loads a library once. Throws NFQ_LIBRARY_MISSING. */
export function openLibrary(library: Library): void {
  if (opened.has(library)) return;
  try {
    open({ library, path: LIBRARIES[library] });
  } catch (cause) {
    throw new NfqError('NFQ_LIBRARY_MISSING', `${LIBRARIES[library]} cannot be loaded (${String(cause)})`);
  }
  opened.add(library);
}

/** Calls a function that returns an int. */
export function callInt(library: Library, name: string, ...parameters: readonly Parameter[]): number {
  return load({ ...prepare(library, name, parameters), retType: DataType.I32 });
}

/** Calls a function that returns a pointer, or another 64-bit value. */
export function callPointer(library: Library, name: string, ...parameters: readonly Parameter[]): bigint {
  return load({ ...prepare(library, name, parameters), retType: DataType.BigInt }) as bigint;
}

/** A call with fixed parameters that returns an int, for the hot path. */
export function prepareInt(
  library: Library,
  name: string,
  ...parameters: readonly Parameter[]
): () => number {
  const call = { ...prepare(library, name, parameters), retType: DataType.I32 as const };
  return () => load(call);
}

/**
 * A view of `size` bytes of native memory at `address`, without copying: memset is the call that turns an address into
 * the handle which createExternalBuffer wants, here with a length of 0.
 */
export function viewMemory(address: bigint, size: number): Buffer {
  const parameters = [pointer(address), int(0), pointer(0n)];
  const handle = load({ ...prepare('libc', 'memset', parameters), retType: DataType.External });
  return createExternalBuffer(handle, size);
}

let errnoView: Int32Array | undefined;

/** errno of this thread, as a view: it never moves. Set it to 0 before a call whose failure does not show otherwise. */
export function errnoCell(): Int32Array {
  if (errnoView) return errnoView;
  const view = viewMemory(callPointer('libc', '__errno_location'), 4);
  errnoView = new Int32Array(view.buffer, view.byteOffset, 1);
  return errnoView;
}

/** errno as the last call left it. */
export function errno(): number {
  return errnoCell()[0] as number;
}

function prepare(library: Library, name: string, parameters: readonly Parameter[]) {
  openLibrary(library);
  return {
    library,
    funcName: name,
    paramsType: parameters.map(([type]): FieldType => type),
    paramsValue: parameters.map(([, value]) => value),
  };
}
