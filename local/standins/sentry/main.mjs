// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createSentry } from './createSentry.mjs';

const given = readArguments(process.argv.slice(2));
await runStandIn(createSentry({ project: given.one('project'), key: given.one('key') }), Number(given.one('port', '0')));
