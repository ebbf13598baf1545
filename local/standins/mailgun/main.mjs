// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createMailgun } from './createMailgun.mjs';

const given = readArguments(process.argv.slice(2));
const eventsUrl = given.one('events-url', '');
await runStandIn(createMailgun({ domain: given.one('domain'), key: given.one('key'), home: given.one('home'), ...(eventsUrl === '' ? {} : { events: { url: eventsUrl, signingKey: given.one('signing-key') } }) }), Number(given.one('port', '0')));
