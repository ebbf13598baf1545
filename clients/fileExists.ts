import { stat } from 'node:fs/promises';

/** Whether something is at this path of the worker's own disk. */
export async function fileExists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
