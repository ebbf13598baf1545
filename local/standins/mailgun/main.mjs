// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createMailgun } from './createMailgun.mjs';

const given = readArguments(process.argv.slice(2));
await runStandIn(createMailgun({ domain: given.one('domain'), key: given.one('key'), home: given.one('home') }), Number(given.one('port', '0')));
