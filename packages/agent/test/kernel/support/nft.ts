import { spawnSync } from 'node:child_process';

/** Carries out nft commands as another program's; throws with nft's words. */
export function nft(text: string): void {
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: text, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
