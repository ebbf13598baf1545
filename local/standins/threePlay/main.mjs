// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createThreePlay } from './createThreePlay.mjs';

// The key comes by the environment, where not every user of the machine can read it.
const given = readArguments(process.argv.slice(2));
const threePlay = createThreePlay({ apiKey: process.env['THREEPLAY_API_KEY'] ?? '', projectId: given.one('project', '2'), home: given.one('home') });
if (given.flag('turnaround-ms')) threePlay.control({ settings: { turnaroundMs: Number(given.one('turnaround-ms')) } });
await runStandIn(threePlay, Number(given.one('port', '0')));
