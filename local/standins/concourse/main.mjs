// @ts-check
import { readFileSync } from 'node:fs';
import { readArguments, runStandIn } from '../base.mjs';
import { createConcourse } from './createConcourse.mjs';

const given = readArguments(process.argv.slice(2));
await runStandIn(
  createConcourse({
    home: given.one('home'),
    username: given.one('username'),
    password: process.env['CONCOURSE_STANDIN_PASSWORD'] ?? '',
    team: given.one('team', 'ocw'),
    path: given.many('path'),
    ...(given.flag('secrets') ? { secrets: JSON.parse(readFileSync(given.one('secrets'), 'utf8')) } : {}),
  }),
  Number(given.one('port', '0')),
);
