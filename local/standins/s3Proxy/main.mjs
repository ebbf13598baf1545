// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createS3Proxy } from './createS3Proxy.mjs';

const given = readArguments(process.argv.slice(2));
await runStandIn(createS3Proxy({ target: given.one('target') }), Number(given.one('port', '0')));
