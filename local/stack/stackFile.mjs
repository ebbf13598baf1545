// @ts-check
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Stack what STUDIO_HOME/stack.json holds while a stack is ready
 * @property {string} studioUrl
 * @property {string | null} temporalUiUrl
 * @property {string} temporalAddress
 * @property {string} temporalNamespace
 * @property {string} databaseUrl
 * @property {string | null} s3Endpoint null for AWS
 * @property {string | null} s3AccessKey
 * @property {string | null} s3SecretKey
 * @property {Record<'storage' | 'preview' | 'publish' | 'offlinePreview' | 'offlinePublish' | 'test' | 'offlineTest' | 'artifacts' | 'import' | 'buildStore', string>} buckets
 * @property {string} draftSiteUrl
 * @property {string} liveSiteUrl
 * @property {string | null} githubUrl null for github.com
 * @property {string} githubOrg
 * @property {string} apiToken
 * @property {string | null} mailboxUrl
 * @property {Record<string, string>} standIns
 * @property {{name: string, email: string, roles: string[]}[]} people
 * @property {string | null} samlIdpUrl
 * @property {string | null} previewUrlTemplate
 * @property {string} version
 * @property {import('./pids.mjs').Pids} pids
 */

/** @typedef {{s3AccessKey: string, s3SecretKey: string, databasePassword: string, apiToken: string, builderToken: string}} Secrets */

/**
 * The paths of a home's own files. `ready` exists only while the stack runs (or was killed).
 * @param {string} home
 */
export function homeFiles(home) {
  return {
    ready: join(home, 'stack.json'),
    ports: join(home, 'ports.json'),
    secrets: join(home, 'secrets.json'),
    lock: join(home, 'start.lock'),
  };
}

/**
 * Writes a file that holds credentials: whole or not at all, for its owner only.
 * @param {string} path
 * @param {unknown} value
 */
export function writePrivateJson(path, value) {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * @param {string} path
 * @returns {unknown} null when there is none or it is torn.
 */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null; // the caller goes on as on a first start
  }
}

/**
 * The loopback credentials of a home, made at its first start.
 * @param {string} home
 * @returns {Secrets}
 */
export function ensureSecrets(home) {
  mkdirSync(home, { recursive: true });
  const { secrets } = homeFiles(home);
  const known = existsSync(secrets) ? /** @type {Partial<Secrets>} */ (JSON.parse(readFileSync(secrets, 'utf8'))) : {};
  const made = {
    s3AccessKey: `local${randomBytes(6).toString('hex')}`,
    s3SecretKey: randomBytes(20).toString('hex'),
    databasePassword: randomBytes(16).toString('hex'),
    apiToken: `ocw_${randomBytes(24).toString('hex')}`,
    builderToken: randomBytes(24).toString('hex'),
    // What a home has it keeps; one that an earlier version made gets what is new.
    ...known,
  };
  if (Object.keys(known).length < Object.keys(made).length) writePrivateJson(secrets, made);
  return made;
}
