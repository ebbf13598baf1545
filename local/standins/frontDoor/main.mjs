// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createFrontDoor } from './createFrontDoor.mjs';

const given = readArguments(process.argv.slice(2));
await runStandIn(
  createFrontDoor({ endpoint: given.one('s3-endpoint'), bucket: given.one('bucket'), accessKey: given.one('access-key'), secretKey: given.one('secret-key'), region: given.one('region', 'us-east-1') }),
  Number(given.one('port', '0')),
);
