import { InvalidArgumentError } from 'commander';

/** Reads the id of a run as a person typed it. @throws {InvalidArgumentError} for what is none. */
export function runId(text: string): string {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new InvalidArgumentError('The id of a run looks like 01890a5d-ac96-774b-bcce-b302099a8057.');
  return text.toLowerCase();
}
