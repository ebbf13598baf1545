import { reasonOf } from './reasonOf.ts';

/** Does what is not worth a failure: what others make good when it is lost. A fault of the workflow’s own stays loud. */
export async function orElse(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    reasonOf(error);
  }
}
