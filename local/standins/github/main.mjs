// @ts-check
import { readFileSync } from 'node:fs';
import { readArguments, runStandIn } from '../base.mjs';
import { createGitHub, tokenFrom } from './createGitHub.mjs';

const given = readArguments(process.argv.slice(2));
const github = createGitHub({
  home: given.one('home'),
  org: given.one('org', 'ocw-content'),
  token: tokenFrom(process.env['GITHUB_STANDIN_TOKEN'] ?? 'local-git-token'),
  publicUrl: () => given.one('public-url'),
  enterprise: given.flag('enterprise'),
  contentLimit: !given.flag('no-content-limit'),
  ...(given.flag('app-id') ? { app: { id: given.one('app-id'), publicKey: readFileSync(given.one('app-key'), 'utf8') } } : {}),
});
for (const seed of given.many('seed')) {
  const equals = seed.indexOf('=');
  await github.seed(seed.slice(0, equals), seed.slice(equals + 1));
}
await runStandIn(github, Number(given.one('port', '0')));
