// @ts-check
import { readArguments, runStandIn } from '../base.mjs';
import { createYoutube } from './createYoutube.mjs';

const given = readArguments(process.argv.slice(2));
const client = { clientId: given.one('client-id'), clientSecret: process.env['YT_CLIENT_SECRET'] ?? '', redirectUris: given.many('redirect-uri') };
const channels = given.many('channel').map((channel) => ({ id: channel.split('=')[0] ?? '', title: channel.slice(channel.indexOf('=') + 1) }));
const refreshToken = process.env['YT_REFRESH_TOKEN'];
await runStandIn(createYoutube({ home: given.one('home'), client, channels, ...(refreshToken === undefined || refreshToken === '' ? {} : { refreshToken }) }), Number(given.one('port', '0')));
