// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createFastly } from './createFastly.mjs';

// --service <id>=<token>, once per service.
const given = readArguments(process.argv.slice(2));
const services = Object.fromEntries(given.many('service').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
await runStandIn(createFastly({ services }), Number(given.one('port', '0')));
