/**
 * Runs `work` over the items in order, at most `width` at once; the first failure stops new ones from starting and is
 * thrown when the running ones have ended. `onProgress` gets how many from the start are done without a gap, so that a
 * later try can go on from there.
 */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
  options: { abortSignal?: AbortSignal; onProgress?: (doneFromStart: number) => void } = {},
): Promise<void> {
  let next = 0;
  let doneFromStart = 0;
  const finished = new Set<number>();
  let failure: { error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (failure === undefined && next < items.length) {
      const index = next;
      next += 1;
      try {
        options.abortSignal?.throwIfAborted();
        await work(items[index] as T, index);
      } catch (error) {
        failure ??= { error };
        return;
      }
      finished.add(index);
      while (finished.delete(doneFromStart)) doneFromStart += 1;
      options.onProgress?.(doneFromStart);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  if (failure !== undefined) throw failure.error;
}
