// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createWayback } from './createWayback.mjs';

// The keys come by the environment, where not every user of the machine can read them.
const given = readArguments(process.argv.slice(2));
const wayback = createWayback({ accessKey: process.env['WAYBACK_MACHINE_ACCESS_KEY'] ?? '', secretKey: process.env['WAYBACK_MACHINE_SECRET_KEY'] ?? '', home: given.one('home') });
await runStandIn(wayback, Number(given.one('port', '0')));
