import { type Kernel, textChange } from '../kernel/kernel.ts';

/**
 * Removes our table from the kernel, and nothing else; without one it does nothing. Nothing is filtered afterwards, and
 * packets that wait in queues are dropped.
 * @throws KernelError
 */
export function cleanUp(kernel: Kernel): Promise<void> {
  return kernel.apply(textChange('add table inet kncompile\ndelete table inet kncompile\n', 'full'));
}
