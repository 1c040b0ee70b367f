import type { DataType } from 'ffi-rs';

/**
 * Calls into C libraries. A wrong parameter type aborts the process, and ffi-rs's table of libraries is not
 * synchronised: all calls come from the main thread, and only this folder makes them.
 */
export interface Ffi {
  /** Opens a library under a name of ours. Throws where it is missing. */
  open(library: string, soname: string): void;
  /** Calls a function that returns an int. */
  int(library: string, name: string, ...parameters: readonly Parameter[]): number;
  /** Calls a function that returns a pointer. */
  pointer(library: string, name: string, ...parameters: readonly Parameter[]): bigint;
  /** Calls a function that returns a C string; it is copied. */
  text(library: string, name: string, ...parameters: readonly Parameter[]): string;
}

/** An int, a pointer, a C string, or memory that the function reads or fills. */
export type Parameter = number | bigint | string | Buffer;

/** Undefined where ffi-rs has no binary for this platform. */
export async function loadFfi(): Promise<Ffi | undefined> {
  const module = await import('ffi-rs').catch(() => undefined);
  if (!module) return undefined;
  const { DataType: Type, load, open } = module;
  const typeOf = (value: Parameter): DataType => {
    if (typeof value === 'number') return Type.I32;
    if (typeof value === 'bigint') return Type.BigInt;
    return typeof value === 'string' ? Type.String : Type.U8Array;
  };
  const call = (library: string, funcName: string, parameters: readonly Parameter[]) => ({
    library,
    funcName,
    paramsType: parameters.map(typeOf),
    paramsValue: [...parameters],
  });
  return {
    open: (library, path) => open({ library, path }),
    int: (library, name, ...parameters) =>
      load({ ...call(library, name, parameters), retType: Type.I32 }) as number,
    pointer: (library, name, ...parameters) =>
      load({ ...call(library, name, parameters), retType: Type.BigInt }) as unknown as bigint,
    text: (library, name, ...parameters) =>
      load({ ...call(library, name, parameters), retType: Type.String }) as string,
  };
}
