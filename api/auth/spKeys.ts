import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface SpKeys {
  /** PEM. */
  readonly privateKey: string;
  /** PEM, published in our metadata for signing and for encryption. */
  readonly certificate: string;
}

/** Our own key pair as a service provider, made at the first start and kept under `home`/saml. */
export async function loadSpKeys(home: string, entityId: string): Promise<SpKeys> {
  const folder = join(home, 'saml');
  const keyFile = join(folder, 'sp-key.pem');
  const certificateFile = join(folder, 'sp-certificate.pem');
  if (!existsSync(keyFile) || !existsSync(certificateFile)) {
    const made = await generate([{ name: 'commonName', value: new URL(entityId).hostname }], { keySize: 3072, algorithm: 'sha256', notAfterDate: new Date(Date.now() + 10 * 365 * 86_400_000) });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [file, text] of [[certificateFile, made.cert], [keyFile, made.private]] as const) {
      await writeFile(`${file}.new`, text, { mode: 0o600 });
      await rename(`${file}.new`, file);
    }
  }
  return { privateKey: await readFile(keyFile, 'utf8'), certificate: await readFile(certificateFile, 'utf8') };
}
