// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createPostHog } from './createPostHog.mjs';

const given = readArguments(process.argv.slice(2));
await runStandIn(createPostHog({ projectKey: given.one('project-key'), secureKey: given.one('secure-key') }), Number(given.one('port', '0')));
