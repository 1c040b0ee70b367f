/** Which module files of an unpacked Debian kernel to load, in which order. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Paths of the modules `wanted` and all that they need, each after its dependencies. A name without a file is built into
 * the kernel. Read from the modules themselves: depmod runs only when a kernel package is really installed.
 */
export function loadOrder(folder: string, wanted: readonly string[]): readonly string[] {
  const files = new Map(
    globSync('**/*.ko', { cwd: folder }).map((path) => [
      moduleName(basename(path, '.ko')),
      join(folder, path),
    ]),
  );
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    const file = files.get(moduleName(name));
    if (!file || ordered.has(file)) return;
    for (const needed of dependencies(file)) visit(needed);
    ordered.add(file);
  };
  for (const name of wanted) visit(name);
  return [...ordered];
}

/** File names and dependency lists disagree about dashes. */
function moduleName(name: string): string {
  return name.replaceAll('-', '_');
}

/** The `depends=` of the .modinfo section: zero-terminated strings. */
function dependencies(file: string): readonly string[] {
  const listed = /\0depends=([^\0]*)\0/.exec(readFileSync(file, 'latin1'))?.[1] ?? '';
  return listed.split(',').filter((name) => name !== '');
}
