import { readFileSync } from 'node:fs';

/** The cores that this process may use, from /proc/self/status: a container may have any few of the machine's. */
export function allowedCores(): readonly number[] {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list === undefined ? [0] : parseCoreList(list);
}

/** Reads the kernel's list format: `0-3,8`. */
export function parseCoreList(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [first, last] = range.split('-').map(Number) as [number, number | undefined];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index);
  });
}
