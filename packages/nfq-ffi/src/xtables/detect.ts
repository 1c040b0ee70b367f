import { NfqError } from '../errors.ts';
import { type RunCommand, runCommand } from './command.ts';

/** A table that is only checked, never made. */
const PROBE = (rule: string): string => `table inet kncompile_probe {
  chain probe {
    type filter hook forward priority 0;
    ${rule}
  }
}
`;

/**
 * Whether this kernel has nft's `queue` statement (CONFIG_NFT_QUEUE). `nft -c` has the kernel check a table without
 * making it. A second probe without the statement tells a kernel that lacks it from an nft that does not work at all, which
 * throws NFQ_NFT_FAILED.
 */
export function hasQueueStatement(run: RunCommand = runCommand): boolean {
  if (run('nft', ['-c', '-f', '-'], PROBE('queue num 0')).status === 0) return true;
  const plain = run('nft', ['-c', '-f', '-'], PROBE('accept'));
  if (plain.status === 0) return false;
  throw new NfqError('NFQ_NFT_FAILED', `nft -c failed (${plain.output})`);
}
