import { type PublishVersion, publishVersions } from '#domain/runs.ts';
import { CompatError } from './CompatError.ts';

/**
 * The version a builder asks for.
 * @throws {CompatError} 400 when there is no such one.
 */
export function deployedVersion(given: string | undefined): PublishVersion {
  const version = publishVersions.find((one) => one === given);
  if (version === undefined) throw new CompatError(400, { version: [given === undefined ? 'This field is required.' : `"${given}" is not a valid choice.`] });
  return version;
}
