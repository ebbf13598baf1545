import { ApplicationFailure } from '@temporalio/common';

/** Same limit as the payload converter's. */
export const MAX_PAYLOAD_BYTES = 16 * 1024;

/** Length of a string in UTF-8; workflows have no Buffer. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/**
 * Passes a workflow result, continue-as-new input or query answer that fits through Temporal. A converter that throws on
 * one of these fails the workflow *task*, for ever; so they are measured while the workflow can still fail properly.
 * @throws {ApplicationFailure} PayloadTooLarge, final.
 */
export function withinBudget<T>(value: T): T {
  const bytes = utf8Length(JSON.stringify(value) ?? '');
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw ApplicationFailure.nonRetryable(`A value of ${bytes} bytes was to leave the workflow; at most ${MAX_PAYLOAD_BYTES} may.`, 'PayloadTooLarge');
  }
  return value;
}
