import type { PublishRequestInput } from './publishRequest.ts';

/** Requests with the same key are answered by one pass; others wait for the next. */
export function passKey(input: PublishRequestInput): string {
  return input.from === undefined ? 'content' : `${input.from.kind}/${input.from.runId}`;
}
