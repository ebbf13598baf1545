// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createLearn } from './createLearn.mjs';
import { readBucket } from './readBucket.mjs';

// The key of the bucket comes by the environment, where not every user of the machine can read it.
const given = readArguments(process.argv.slice(2));
const bucket = readBucket({
  endpoint: given.one('s3-endpoint'),
  bucket: given.one('bucket'),
  accessKey: process.env['AWS_ACCESS_KEY_ID'] ?? '',
  secretKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
  region: given.one('region', 'us-east-1'),
});
await runStandIn(createLearn({ webhookKey: given.one('webhook-key'), bucket }), Number(given.one('port', '0')));
