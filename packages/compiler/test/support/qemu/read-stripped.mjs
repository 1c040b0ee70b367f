/** Has Node read the checkout's TypeScript from where stripped.ts has put it as JavaScript. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const { CHECKOUT = '', STRIPPED = '' } = process.env;

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
    const file = `${STRIPPED}${fileURLToPath(url).slice(CHECKOUT.length)}.js`;
    return { format: 'module', source: readFileSync(file), shortCircuit: true };
  },
});
