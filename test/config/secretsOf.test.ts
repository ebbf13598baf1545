import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadConfig } from '#config/load.ts';
import { configVariables } from '#config/schema.ts';
import { secretsOf } from '#config/secretsOf.ts';

test('every secret of the configuration is known as one, also within a list, a key file and an address', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1_024, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
  const special: Record<string, string> = {
    DATABASE_URL: 'postgres://studio:pass%2Fword@db.example.edu/ocw',
    FASTLY_EXTRA_PURGE_TARGETS: JSON.stringify([{ name: 'learn', distribution: 'live', serviceId: 'their-service', apiToken: 'their-token' }]),
    DRIVE_SERVICE_ACCOUNT_CREDS: JSON.stringify({ client_email: 'studio@example.edu', private_key: privateKey }),
    GITHUB_APP_PRIVATE_KEY: privateKey,
  };
  // Instead of Mailgun, so not beside its key.
  expect(secretsOf(loadConfig({ DATABASE_URL: 'postgres://studio@db.example.edu/ocw', MAIL_SMTP_URL: 'smtp://studio:pass%2Fword@mail.example.edu' }))).toContain('pass/word');
  const plain = configVariables.filter(({ name, secret }) => secret === true && special[name] === undefined && name !== 'MAIL_SMTP_URL').map(({ name }): [string, string] => [name, `secret-of-${name.toLowerCase()}`]);
  const found = secretsOf(loadConfig({ ...special, ...Object.fromEntries(plain) }));
  expect(found).toEqual(expect.arrayContaining([...plain.map(([, value]) => value), 'pass/word', 'their-token', privateKey]));
  // What is told to people is none.
  for (const name of ['studio@example.edu', 'their-service', 'learn', 'live']) expect(found).not.toContain(name);
  expect(plain.length).toBeGreaterThan(15);
});
