/**
 * The project's TypeScript as JavaScript, for the virtual machine: Node's own way to read TypeScript is WebAssembly, and there
 * V8 breaks in it ("Check failed: it->second.Size() > offset", or a segmentation fault).
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { CHECKOUT } from '../checkout.ts';

const HOOKS = new URL('./read-stripped.mjs', import.meta.url).pathname;

/** Writes it into a folder, and returns what a shell has to export for Node to read it there. */
export function writeStripped(folder: string): string {
  for (const file of globSync('packages/*/{src,test}/**/*.ts', { cwd: CHECKOUT })) {
    const target = join(folder, `${file}.js`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, stripTypeScriptTypes(readFileSync(join(CHECKOUT, file), 'utf8')));
  }
  return `STRIPPED='${folder}' NODE_OPTIONS='--import=${HOOKS}'`;
}
