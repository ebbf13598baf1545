import { InvalidArgumentError } from 'commander';

/** Reads a moment with its offset from UTC, and says it in UTC. @throws {InvalidArgumentError} for what is none, or has no offset. */
export function momentIn(text: string): string {
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const at = new Date(text);
  if (!isMoment || Number.isNaN(at.getTime())) throw new InvalidArgumentError('A moment looks like 2026-03-01T08:00-05:00, with the offset of its time zone from UTC, or Z.');
  return at.toISOString();
}
