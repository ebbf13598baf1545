// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createOidc } from './createOidc.mjs';
import { createSigningKey } from './signingKey.mjs';

const given = readArguments(process.argv.slice(2));
const studio = given.one('studio-url', 'http://localhost:8400');
const standIn = createOidc({
  clientId: given.one('client-id', 'ocw-studio'),
  clientSecret: given.one('client-secret', 'local-secret'),
  redirectUris: [`${studio}/auth/oidc/callback`],
  postLogoutRedirectUris: [`${studio}/sign-in?signedOut=1`],
  signingKey: createSigningKey(),
  verifiesEmail: !given.flag('unverified-email'),
});
await runStandIn(standIn, Number(given.one('port', '0')));
