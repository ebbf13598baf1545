import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createPreviewDoors, type DoorRequest } from '#activities/previewDoors.ts';
import { makeConfig } from '#test/factories/config.ts';
import { keptLog } from './support/runActivity.ts';

const doorsOf = (env: Readonly<Record<string, string>> = {}) => createPreviewDoors({ config: makeConfig(env), log: keptLog().log });
const room = (name: string) => ({ method, url, body }: DoorRequest) => Promise.resolve({ status: 200, body: JSON.stringify({ name, method, path: url.pathname, body }) });
const ask = (address: string, key: string | null, init: RequestInit = {}) => fetch(`${address}/state`, { ...init, headers: key === null ? {} : { 'x-studio-preview': key } });

describe('the way into the previews of a worker', () => {
  it('is one port with a key for each, and closes with the last', async () => {
    const doors = doorsOf();
    const [first, second] = [await doors.open(room('first')), await doors.open(room('second'))];
    expect(first.address).toBe(second.address);
    expect(first.accessKey).not.toBe(second.accessKey);
    expect(await (await ask(first.address, first.accessKey)).json()).toMatchObject({ name: 'first', path: '/state' });
    expect(await (await ask(first.address, second.accessKey)).json()).toMatchObject({ name: 'second' });
    for (const key of [null, '', 'wrong', first.accessKey.slice(1)]) expect((await ask(first.address, key)).status).toBe(404);
    await first.close();
    expect((await ask(second.address, first.accessKey)).status).toBe(404);
    await second.close();
    await expect(ask(second.address, second.accessKey)).rejects.toThrow('fetch failed');
    const again = await doors.open(room('again'));
    expect((await ask(again.address, again.accessKey)).status).toBe(200);
    await again.close();
  });

  it('takes JSON up to a bound, and says nothing of what went wrong inside', async () => {
    const door = await doorsOf().open(({ body }) => (body === undefined ? Promise.reject(new Error('a secret')) : room('it')({ method: 'PUT', url: new URL('http://worker/'), body })));
    expect(await (await ask(door.address, door.accessKey, { method: 'PUT', body: '{"a":1}' })).json()).toMatchObject({ body: { a: 1 } });
    expect((await ask(door.address, door.accessKey, { method: 'PUT', body: 'no JSON' })).status).toBe(413);
    expect((await ask(door.address, door.accessKey, { method: 'PUT', body: `"${'x'.repeat(1_300_000)}"` })).status).toBe(413);
    const fault = await ask(door.address, door.accessKey);
    expect([fault.status, await fault.text()]).toEqual([500, '']);
    await door.close();
  });

  it('is told as the API reaches it', async () => {
    const addressOf = async (env: Readonly<Record<string, string>>): Promise<string> => {
      const door = await doorsOf(env).open(room('it'));
      await door.close();
      return door.address.replace(/\d+$/, 'port');
    };
    expect(await addressOf({})).toBe('http://127.0.0.1:port');
    expect(await addressOf({ PREVIEW_WORKER_HOST: '0.0.0.0' })).toBe(`http://${hostname()}:port`);
    expect(await addressOf({ PREVIEW_WORKER_URL: 'https://{host}.workers.example.edu:{port}/' })).toBe(`https://${hostname()}.workers.example.edu:port`);
  });
});
