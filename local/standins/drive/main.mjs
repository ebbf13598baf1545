// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createDrive } from './createDrive.mjs';
import { openServiceAccount } from './serviceAccount.mjs';

const given = readArguments(process.argv.slice(2));
const home = given.one('home');
await runStandIn(createDrive({ home, driveId: given.one('drive-id'), account: openServiceAccount(home) }), Number(given.one('port', '0')));
