import { generate } from 'selfsigned';

export interface KeyPair {
  /** PEM. */
  readonly privateKey: string;
  /** PEM. */
  readonly certificate: string;
}

/** A new self-signed key pair. */
export async function newKeys(commonName: string): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: commonName }], { keySize: 2048, algorithm: 'sha256' });
  return { privateKey: made.private, certificate: made.cert };
}

let own: Promise<KeyPair> | undefined;

/** The service provider's key pair, made once per test file. */
export function spKeys(): Promise<KeyPair> {
  own ??= newKeys('studio');
  return own;
}
