// @ts-check
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ email: string, publicKey: string, credentials: string }} ServiceAccount `credentials` is the JSON Google hands out for it */

const PROJECT = 'ocw-studio-local';

/**
 * The service account of a drive: made at the first start and kept, with the key file people download for it.
 * @param {string} home
 * @returns {ServiceAccount}
 */
export function openServiceAccount(home) {
  const file = join(home, 'service-account.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const account = makeServiceAccount(`studio@${PROJECT}.iam.gserviceaccount.com`);
  mkdirSync(home, { recursive: true });
  // Whole or not at all: a half-written key would be read at every later start.
  writeFileSync(`${file}.new`, JSON.stringify(account), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return account;
}

/**
 * A service account with a key of its own.
 * @param {string} email
 * @returns {ServiceAccount}
 */
export function makeServiceAccount(email) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
  const credentials = { type: 'service_account', project_id: PROJECT, private_key_id: 'local', private_key: privateKey, client_email: email, client_id: '0', token_uri: 'https://oauth2.googleapis.com/token', universe_domain: 'googleapis.com' };
  return { email, publicKey, credentials: JSON.stringify(credentials) };
}
