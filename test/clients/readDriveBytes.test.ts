import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { toDriveError } from '#clients/driveError.ts';
import { readDriveBytes } from '#clients/readDriveBytes.ts';

it('a stream that nobody reads on is ended', async () => {
  const body = new PassThrough();
  body.write('some of it');
  for await (const chunk of readDriveBytes(body, 1_000)) {
    expect(chunk.toString()).toBe('some of it');
    break;
  }
  expect(body.destroyed).toBe(true);
});

it.each([408, 401, 502])('what a gateway answers with %i passes by itself', (status) => {
  expect(toDriveError({ status, headers: new Headers(), data: '<html>' })).toMatchObject({ kind: 'unavailable', status });
});
