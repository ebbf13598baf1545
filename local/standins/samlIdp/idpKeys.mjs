// @ts-check
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** @typedef {{ privateKey: string, certificate: string }} IdpKeys both PEM */

/**
 * The provider's signing key and certificate: made at the first start and kept, as the service provider trusts them from then on.
 * @param {string} home
 * @returns {Promise<IdpKeys>}
 */
export async function loadIdpKeys(home) {
  const file = join(home, 'idp-keys.json');
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const made = await generate([{ name: 'commonName', value: 'Identity provider stand-in' }], { keySize: 3072, algorithm: 'sha256', notAfterDate: new Date(Date.now() + 20 * 365 * 86_400_000) });
  const keys = { privateKey: made.private, certificate: made.cert };
  await mkdir(home, { recursive: true });
  // Whole or not at all: a half-written key would be read at every later start.
  await writeFile(`${file}.new`, JSON.stringify(keys), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return keys;
}
