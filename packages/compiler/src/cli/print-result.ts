import type { Stats } from '../compiler/stats.ts';
import { asciiJson } from './ascii.ts';
import { printData } from './output.ts';

/** What a command has to say on stdout: as text for nft, or as data; each made only when it is asked for. */
export interface Result {
  text(): string;
  json(): object;
}

/** Prints a result and, where given, the numbers: as comments behind nft text, as a field of the JSON. */
export async function printResult(
  result: Result,
  format: 'nft' | 'json',
  stats: Stats | undefined,
): Promise<void> {
  if (format === 'json') {
    const data = stats ? { ...result.json(), stats } : result.json();
    await printData(`${asciiJson(JSON.stringify(data, null, 2))}\n`);
  } else {
    await printData(`${result.text()}${stats ? statsText(stats) : ''}`);
  }
}

/** One comment line per number, so that the output remains something that nft takes. */
function statsText(stats: Stats): string {
  return Object.entries(stats)
    .map(([name, count]) => `# ${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}: ${count}\n`)
    .join('');
}
