// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import ffmpeg from '@ffmpeg-installer/ffmpeg';
import { readArguments, runStandIn } from '../base.mjs';
import { bucketStore } from './bucketStore.mjs';
import { createMediaConvert } from './createMediaConvert.mjs';
import { topicKeys } from './topic.mjs';
import { createTranscoder } from './transcode.mjs';

// The keys of the buckets come by the environment, where not every user of the machine can read them.
const given = readArguments(process.argv.slice(2));
const home = given.one('home');
const region = given.one('region', 'us-east-1');
const accessKey = process.env['AWS_ACCESS_KEY_ID'] ?? '';
const store = bucketStore({ endpoint: given.one('s3-endpoint'), accessKey, secretKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '', region });
const mediaConvert = createMediaConvert({
  account: given.one('account'),
  region,
  accessKey,
  topicArn: given.one('topic-arn'),
  queues: given.many('queue').length === 0 ? ['Default'] : given.many('queue'),
  denied: given.many('denied'),
  keys: await topicKeys(home),
  transcoder: createTranscoder({ ffmpeg: process.env['FFMPEG_BIN'] || ffmpeg.path, store, folder: home }),
  home,
});
await runStandIn(mediaConvert, Number(given.one('port', '0')));

// A person subscribes an address when somebody is there: what nobody takes is sent a few times only.
const endpoint = given.one('subscribe', '');
while (endpoint !== '' && !(await isThere(endpoint))) await delay(1_000);
if (endpoint !== '') mediaConvert.control({ subscribe: { endpoint, raw: !given.flag('envelope') } });

/** @param {string} address */
async function isThere(address) {
  try {
    await (await fetch(address, { method: 'HEAD' })).arrayBuffer();
    return true;
  } catch {
    // Nobody listens yet.
    return false;
  }
}
