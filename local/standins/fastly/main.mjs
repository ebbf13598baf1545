// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createFastly } from './createFastly.mjs';

// --service <id>=<token>, once per service; --distribution <name>=<port>,<service>,<bucket>, once per public address. The key of the buckets
// comes by the environment, where not every user of the machine can read it.
const given = readArguments(process.argv.slice(2));
const pairOf = (/** @type {string} */ text) => /** @type {[string, string]} */ ([text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]);
const listeners = given.many('distribution').map(pairOf).map(([name, value]) => {
  const [port = '0', service = '', bucket = ''] = value.split(',');
  return { name, port: Number(port), service, bucket };
});
const bucketsAt = {
  endpoint: given.one('s3-endpoint', ''),
  accessKey: process.env['AWS_ACCESS_KEY_ID'] ?? '',
  secretKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
  region: given.one('region', 'us-east-1'),
};
const fastly = createFastly({
  services: Object.fromEntries(given.many('service').map(pairOf)),
  distributions: Object.fromEntries(listeners.map(({ name, service, bucket }) => [name, { service, origin: { ...bucketsAt, bucket } }])),
  ttlSeconds: Number(given.one('ttl-seconds', '86400')),
  missingTtlSeconds: Number(given.one('missing-ttl-seconds', '300')),
});
for (const { name, port } of listeners) await fastly.openDistribution(name, port);
await runStandIn(fastly, Number(given.one('port', '0')));
