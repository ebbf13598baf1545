// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createLearn } from './createLearn.mjs';

const given = readArguments(process.argv.slice(2));
await runStandIn(createLearn({ webhookKey: given.one('webhook-key') }), Number(given.one('port', '0')));
