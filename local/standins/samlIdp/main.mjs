// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createSamlIdp } from './createSamlIdp.mjs';
import { loadIdpKeys } from './idpKeys.mjs';

const given = readArguments(process.argv.slice(2));
const idp = createSamlIdp({
  keys: await loadIdpKeys(given.one('home')),
  spMetadataUrl: given.one('sp-metadata-url'),
  signResponse: !given.flag('unsigned-response'),
  signAssertion: given.flag('signed-assertion'),
  encryptAssertion: !given.flag('plain-assertion'),
});
await runStandIn(idp, Number(given.one('port', '0')));
