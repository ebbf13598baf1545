import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createThreePlay } from '#local/standins/threePlay/createThreePlay.mjs';
import { until } from '#test/support/until.ts';
import { checkFaults } from './support/checkFaults.ts';
import { watchJournal } from './support/watchJournal.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 10, 25, 12);
const home = mkdtempSync(join(tmpdir(), 'threePlay-'));
const options = { apiKey: 'key', projectId: '7', home, now: () => NOON };
const standIn = createThreePlay(options);
let base = '';

/** Whom callbacks reach, and how that answers. */
const listener = { url: '', got: [] as { readonly path: string; readonly body: Record<string, unknown> }[], status: 200 };
const server = createServer((request, response) => {
  void Readable.from(request).toArray().then((chunks) => {
    listener.got.push({ path: request.url ?? '', body: JSON.parse(Buffer.concat(chunks as Buffer[]).toString('utf8')) as Record<string, unknown> });
    response.writeHead(listener.status).end('{}');
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  listener.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/transcription-jobs/?video_id=42&callback_key=k`;
  base = await standIn.listen();
});
afterAll(async () => {
  await standIn.close();
  server.closeAllConnections();
  server.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  listener.got.length = 0;
  listener.status = 200;
});
const watch = watchJournal(() => base);

interface Item {
  readonly id: number;
  readonly [name: string]: unknown;
}
type Answer = { readonly status: number; readonly code?: number; readonly data: unknown; readonly pagination?: unknown; readonly error?: { readonly type: string; readonly message: string } };
async function ask(method: string, path: string, fields: Record<string, string> = {}): Promise<Answer> {
  const form = new URLSearchParams({ api_key: 'key', ...fields });
  const answer = await fetch(`${base}/v3/${path}${method === 'GET' ? `?${form.toString()}` : ''}`, { method, ...(method === 'GET' ? {} : { body: form }) });
  return { status: answer.status, ...((await answer.json()) as Omit<Answer, 'status'>) };
}
const control = async (wish: Record<string, unknown>): Promise<Record<string, unknown>> => {
  const answer = await fetch(`${base}/_control`, { method: 'POST', body: JSON.stringify(wish) });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>;
};
let count = 0;
/** A video nobody knows yet: its id here, and its reference id. */
async function addFile(fields: Record<string, string> = {}): Promise<{ id: string; reference: string }> {
  count += 1;
  const reference = `video-${count}`;
  const { data } = await ask('POST', 'files/', { source_url: `https://www.youtube.com/watch?v=${reference}`, reference_id: reference, language_id: '1', name: `Lecture ${count}`, ...fields });
  return { id: String((data as Item).id), reference };
}
const order = (file: { id: string }, fields: Record<string, string> = {}): Promise<Answer> => ask('POST', 'transcripts/order/transcription', { media_file_id: file.id, turnaround_level_id: '5', ...fields });
/** The transcript of an order that is taken. */
async function ordered(file: { id: string }, fields: Record<string, string> = {}): Promise<Item> {
  const answer = await order(file, fields);
  expect(answer.status).toBe(200);
  return answer.data as Item;
}
const charges = (file: { id: string }) => standIn.ledger().filter(({ mediaFileId }) => mediaFileId === Number(file.id)).map(({ kind, cents }) => [kind, cents]);
const statusOf = async (id: number): Promise<string> => ((await ask('GET', `transcripts/${id}`)).data as Item)['status'] as string;
const download = (fileId: string, transcriptId: number, query = 'project_id=7&format_id=51'): Promise<Response> => fetch(`${base}/p/files/${fileId}/threeplay_transcripts/${transcriptId}?${query}`);

describe('a wrong request', () => {
  const form = (fields: Record<string, string>): RequestInit => ({ method: 'POST', body: new URLSearchParams({ api_key: 'key', ...fields }) });
  it.each<[string, string, RequestInit, { status: number; says: string | RegExp }]>([
    ['an unknown path', '/v3/captions?api_key=key', {}, { status: 404, says: 'not_found_error' }],
    ['an older version', '/v2/files?api_key=key', {}, { status: 404, says: 'not_found_error' }],
    ['an unknown verb', '/v3/files/1', { method: 'DELETE' }, { status: 404, says: 'not_found_error' }],
    ['no key', '/v3/files', {}, { status: 400, says: 'api_key' }],
    ['JSON', '/v3/files', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }, { status: 400, says: 'form' }],
    ['an unknown parameter', '/v3/files?api_key=key&sort=newest', {}, { status: 400, says: /Unrecognized parameters supplied: 'sort'/ }],
    ['an unknown field', '/v3/files', form({ language_id: '1', colour: 'red' }), { status: 400, says: 'colour' }],
    ['a file without a language', '/v3/files', form({ name: 'a' }), { status: 400, says: 'language_id' }],
    ['a file in no folder', '/v3/files', form({ language_id: '1', batch_id: '1' }), { status: 404, says: 'Batch id 1' }],
    ['a file with a long name', '/v3/files', form({ language_id: '1', name: 'x'.repeat(301) }), { status: 400, says: '300' }],
    ['a file from no address', '/v3/files', form({ language_id: '1', source_url: 'video' }), { status: 400, says: 'Source url' }],
    ['a folder without a name', '/v3/batches', form({}), { status: 400, says: 'name' }],
    ['an order for nothing', '/v3/transcripts/order/transcription', form({}), { status: 400, says: 'media_file_id' }],
    ['an order for no file', '/v3/transcripts/order/transcription', form({ media_file_id: '1' }), { status: 404, says: 'Not found' }],
  ])('%s is answered as the vendor would, and journalled', async (_what, path, init, expected) => {
    await watch.provoke(path, init, expected);
    expect(standIn.files()).toEqual([]);
  });

  it('an order at a level there is not, or for a file without a source, costs nothing', async () => {
    const file = await addFile();
    const { data } = await ask('POST', 'files', { language_id: '1', name: 'no source' });
    for (const [fields, says] of [[{ media_file_id: file.id, turnaround_level_id: '9' }, 'Turnaround level'], [{ media_file_id: String((data as Item).id) }, 'no source'], [{ media_file_id: file.id, callback: 'nowhere' }, 'Callback']] as const) {
      await watch.provoke('/v3/transcripts/order/transcription', form(fields), { status: 400, says });
    }
    expect(standIn.transcripts()).toEqual([]);
    expect(standIn.ledger()).toEqual([]);
  });

  it('a wrong key is refused', async () => {
    expect(await ask('GET', 'files', { api_key: 'other' })).toMatchObject({ status: 401, code: 401, error: { type: 'authentication_error' } });
    expect(await ask('GET', 'authenticate')).toMatchObject({ status: 200, data: { status: 'ok' } });
  });
});

describe('a project', () => {
  it('has folders, found by a part of their name', async () => {
    const made = [await ask('POST', 'batches', { name: '8.01' }), await ask('POST', 'batches/', { name: '18.01' })].map(({ data }) => data as { id: number });
    expect((await ask('GET', 'batches', { name: '8.01' })).data).toEqual(made);
    expect((await ask('GET', 'batches', { name: '18' })).data).toEqual([made[1]]);
  });

  it('has files, found by what they were made with, newest first and in pages', async () => {
    const folder = String(standIn.folders()[0]?.id);
    const files = [await addFile({ batch_id: folder, attribute1: 'ours' }), await addFile({ reference_id: 'same', attribute1: 'theirs' }), await addFile({ reference_id: 'same', attribute1: 'ours' })];
    const found = async (fields: Record<string, string>): Promise<string[]> => ((await ask('GET', 'files', fields)).data as { id: number }[]).map(({ id }) => String(id));
    expect(await found({ reference_id: 'same' })).toEqual([files[2]?.id, files[1]?.id]);
    expect(await found({ reference_id: 'sam' })).toEqual([]);
    expect(await found({ attribute1: 'ours' })).toEqual([files[2]?.id, files[0]?.id]);
    expect(await found({ batch_id: folder })).toEqual([files[0]?.id]);
    const page = await ask('GET', 'files', { reference_id: 'same', per_page: '1', page: '2' });
    expect(page).toMatchObject({ data: [{ id: Number(files[1]?.id), reference_id: 'same', labels: [], duration: 120 }], pagination: { page: 2, per_page: 1, total_entries: 2 } });
    expect((await ask('GET', `files/${files[0]?.id ?? ''}`)).data).toMatchObject({ name: 'Lecture 2', batch_id: Number(folder) });
    expect((await ask('GET', 'files/1')).status).toBe(404);
  });

  it('has 25 on a page unless told otherwise', async () => {
    for (let index = 0; index < 26; index += 1) await addFile({ reference_id: 'many' });
    const page = await ask('GET', 'files', { reference_id: 'many' });
    expect(page.data).toHaveLength(25);
    expect(page.pagination).toEqual({ page: 1, per_page: 25, total_entries: 26 });
  });

  it('has turnaround levels, with prices where they are asked for and shown', async () => {
    const prices = async (fields: Record<string, string>): Promise<unknown[]> => ((await ask('GET', 'turnaround_levels', fields)).data as { price?: string }[]).map(({ price }) => price);
    expect(await prices({ prices: 'true' })).toEqual(['1.85', '2.60', '3.35', '4.60', '1.65', '6.60']);
    expect(new Set(await prices({}))).toEqual(new Set([undefined]));
    await control({ settings: { hidesPrices: true } });
    expect(new Set(await prices({ prices: 'true' }))).toEqual(new Set([undefined]));
    await control({ settings: { hidesPrices: false } });
  });

  it('answers so many requests a minute', async () => {
    const busy = createThreePlay({ apiKey: 'key', projectId: '7', now: () => NOON, requestsPerMinute: 2 });
    const address = await busy.listen();
    const statuses: number[] = [];
    const once = async () => statuses.push((await fetch(`${address}/v3/turnaround_levels?api_key=key`)).status);
    for (let index = 0; index < 3; index += 1) await once();
    busy.control({ advanceMs: MINUTE });
    await once();
    await busy.close();
    expect(statuses).toEqual([200, 200, 429, 200]);
  });
});

describe('an order', () => {
  it('costs what its level costs, is at work, and is complete in its time', async () => {
    await control({ settings: { duration: 90 } });
    const file = await addFile();
    await control({ settings: { duration: 120 } });
    const data = await ordered(file, { turnaround_level_id: '2' });
    expect(data).toMatchObject({ media_file_id: Number(file.id), reference_id: file.reference, status: 'in_progress', cancellable: true, duration: 90 });
    expect(charges(file)).toEqual([['charge', 390]]);
    await control({ advanceMs: 10 * MINUTE });
    expect((await ask('GET', `transcripts/${data.id}`)).data).toMatchObject({ cancellable: false });
    await control({ advanceMs: 48 * HOUR - 10 * MINUTE - 1 });
    expect(await statusOf(data.id)).toBe('in_progress');
    await control({ advanceMs: 1 });
    expect(await statusOf(data.id)).toBe('complete');
    expect((await ask('GET', 'transcripts/1')).status).toBe(404);
  });

  it('is taken once for a file, and again when it was cancelled', async () => {
    const file = await addFile();
    await order(file);
    expect(await order(file)).toMatchObject({ status: 400, error: { message: 'A transcript for this file is already in progress or complete.' } });
    await control({ cancel: { referenceId: file.reference } });
    expect((await order(file)).status).toBe(200);
    await control({ advanceMs: 10 * DAY });
    expect((await order(file)).status).toBe(400);
    expect(charges(file)).toEqual([['charge', 330], ['refund', 330], ['charge', 330]]);
  });

  it('for a second file of the same video is paid a second time, which the ledger shows', async () => {
    const [first, second] = [await addFile({ reference_id: 'twice' }), await addFile({ reference_id: 'twice' })];
    for (const file of [first, second]) await order(file);
    const { ledger } = (await control({ ledger: true })) as { ledger: { referenceId: string }[] };
    expect(ledger.filter(({ referenceId }) => referenceId === 'twice')).toHaveLength(2);
    expect(((await ask('GET', 'transcripts', { media_file_reference_id: 'twice' })).data as unknown[])).toHaveLength(2);
    expect(((await ask('GET', 'transcripts', { media_file_id: first.id })).data as unknown[])).toHaveLength(1);
  });

  it('is found by its status, and others too where that filter is loose', async () => {
    const file = await addFile();
    const data = await ordered(file);
    const found = async (status: string): Promise<number[]> => ((await ask('GET', 'transcripts', { media_file_reference_id: file.reference, status })).data as { id: number }[]).map(({ id }) => id);
    expect(await found('in_progress')).toEqual([data.id]);
    expect(await found('complete')).toEqual([]);
    await control({ settings: { statusFilter: 'loose' } });
    expect(await found('complete')).toEqual([data.id]);
    await control({ settings: { statusFilter: 'exact' } });
  });

  it('may be taken back for a while, which costs nothing', async () => {
    const [file, late] = [await addFile(), await addFile()];
    const [data, slow] = [await ordered(file), await ordered(late)];
    expect((await ask('PATCH', `transcripts/${data.id}/cancel`)).data).toMatchObject({ status: 'cancelled', cancellation_reason: 'Cancelled by user' });
    expect(charges(file).map(([kind]) => kind)).toEqual(['charge', 'refund']);
    await control({ advanceMs: 10 * MINUTE });
    expect((await ask('PATCH', `transcripts/${slow.id}/cancel`)).status).toBe(400);
    expect(await statusOf(slow.id)).toBe('in_progress');
    expect((await ask('PATCH', 'transcripts/1/cancel')).status).toBe(404);
  });

  it('may be cancelled in the end, as it is planned', async () => {
    const file = await addFile();
    await control({ plan: { match: `^${file.reference} `, turnaroundMs: HOUR, cancel: 'Source file invalid', details: 'No speech' } });
    const data = await ordered(file);
    await control({ advanceMs: HOUR });
    expect((await ask('GET', `transcripts/${data.id}`)).data).toMatchObject({ status: 'cancelled', cancellation_reason: 'Source file invalid', cancellation_details: 'No speech', cancellable: false });
    expect(charges(file)).toEqual([['charge', 330], ['refund', 330]]);
  });
});

describe('an approval', () => {
  it('is waited for, costs nothing before, and is told by its own list alone', async () => {
    await control({ settings: { needsApproval: true } });
    const [yes, no] = [await addFile(), await addFile()];
    const ids = [(await ordered(yes)).id, (await ordered(no)).id];
    await control({ settings: { needsApproval: false } });
    const waiting = (await ask('GET', 'services/approvals')).data as Record<string, unknown>[];
    expect(waiting).toMatchObject(ids.map((id) => ({ transcript_id: id, service_type: 'Transcription', turnaround_level_id: 5, price_rate: '$1.65/min', total_price: '$3.30' })));
    expect((await ask('GET', `services/approvals/${String(waiting[0]?.['id'])}`)).data).toEqual(waiting[0]);
    await control({ advanceMs: 30 * DAY });
    expect([await statusOf(ids[0] ?? 0), ...charges(yes)]).toEqual(['in_progress']);
    await control({ approve: { transcript: ids[0] } });
    await control({ decline: { referenceId: no.reference } });
    expect((await ask('GET', 'services/approvals')).data).toEqual([]);
    expect([charges(yes), charges(no)]).toEqual([[['charge', 330]], []]);
    await control({ advanceMs: 10 * DAY });
    expect([await statusOf(ids[0] ?? 0), await statusOf(ids[1] ?? 0)]).toEqual(['complete', 'cancelled']);
  });
});

describe('a callback', () => {
  it('comes with each change, to the address that was given, with numbers as texts', async () => {
    const file = await addFile();
    const data = await ordered(file, { callback: listener.url });
    await control({ advanceMs: 10 * DAY });
    await until('it came', () => Promise.resolve(listener.got.length === 1));
    expect(listener.got).toMatchObject([{ path: '/api/transcription-jobs/?video_id=42&callback_key=k', body: { id: String(data.id), media_file_id: file.id, status: 'complete', cancellable: 'false' } }]);
    const other = await addFile();
    await order(other, { callback: listener.url });
    await control({ cancel: { referenceId: other.reference, reason: 'Because' } });
    await until('the other came', () => Promise.resolve(listener.got.length === 2));
    expect(listener.got[1]?.body).toMatchObject({ status: 'cancelled', cancellation_reason: 'Because' });
  });

  it('comes by itself when the work is done', async () => {
    const running = createThreePlay({ apiKey: 'key', projectId: '7' });
    const address = await running.listen();
    try {
      running.control({ settings: { turnaroundMs: 200 } });
      const send = async (path: string, fields: Record<string, string>): Promise<string> => String(((await (await fetch(`${address}/v3/${path}`, { method: 'POST', body: new URLSearchParams({ api_key: 'key', ...fields }) })).json()) as { data: Item }).data.id);
      const file = await send('files', { language_id: '1', source_url: 'https://example.edu/video' });
      const transcript = await send('transcripts/order/transcription', { media_file_id: file, callback: listener.url });
      await until('it came', () => Promise.resolve(listener.got.length === 1));
      expect(listener.got[0]?.body).toMatchObject({ id: transcript, status: 'complete' });
    } finally {
      await running.close();
    }
  });

  it('may come twice or not at all, and never again when nobody takes it', async () => {
    listener.status = 500;
    await control({ callbacks: ['lost', 'twice'] });
    const [lost, twice, last] = [await addFile(), await addFile(), await addFile()];
    for (const file of [lost, twice, last]) {
      await order(file, { callback: listener.url });
      await control({ cancel: { referenceId: file.reference } });
    }
    await until('the last came', () => Promise.resolve(listener.got.filter(({ body }) => body['media_file_id'] === last.id).length === 1));
    await until('one came twice', () => Promise.resolve(listener.got.filter(({ body }) => body['media_file_id'] === twice.id).length === 2));
    await control({ advanceMs: 30 * DAY });
    const before = listener.got.length;
    const next = await addFile();
    await order(next, { callback: listener.url });
    await control({ cancel: { referenceId: next.reference } });
    await until('the next came', () => Promise.resolve(listener.got.some(({ body }) => body['media_file_id'] === next.id)));
    expect(listener.got).toHaveLength(before + 1);
    expect(listener.got.filter(({ body }) => body['media_file_id'] === lost.id)).toEqual([]);
  });
});

describe('what comes of an order', () => {
  it('is captions and a transcript, and a record that is not found, told with 200, before', async () => {
    const file = await addFile({ name: 'Maxwell (A\\B) – 電磁気' });
    await control({ plan: { lines: ['One --> two.', 'Three.'] } });
    const data = await ordered(file);
    const missing = { is_error: true, error_description: 'record not found' };
    expect(await (await download(file.id, data.id)).json()).toEqual(missing);
    await control({ advanceMs: 10 * DAY });
    const vtt = await download(file.id, data.id);
    expect(vtt.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
    expect(await vtt.text()).toBe('WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nOne -> two.\n\n00:00:04.000 --> 00:00:08.000\nThree.\n');
    const pdf = await download(file.id, data.id, 'project_id=7&format_id=46');
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    const text = Buffer.from(await pdf.arrayBuffer()).toString('latin1');
    expect(text).toContain('(Maxwell \\(A\\\\B\\) ? ???) Tj');
    // Each object lies where the table says.
    const [, at = ''] = /startxref\n(\d+)/.exec(text) ?? [];
    expect(text.slice(Number(at), Number(at) + 4)).toBe('xref');
    const places = [...text.matchAll(/^(\d{10}) 00000 n/gm)].map(([, place]) => Number(place));
    expect(places.map((place) => text.slice(place, place + 7))).toEqual(places.map((_place, index) => `${index + 1} 0 obj`));
    for (const query of ['project_id=8&format_id=51', 'project_id=7&format_id=1', 'project_id=7']) expect(await (await download(file.id, data.id, query)).json()).toEqual(missing);
    expect(await (await download('1', data.id)).json()).toEqual(missing);
  });

  it('is corrected by a person, which a label tells until it is taken off', async () => {
    const file = await addFile({ label: 'spring' });
    const data = await ordered(file);
    await control({ advanceMs: 10 * DAY });
    const updated = async (): Promise<number[]> => ((await ask('GET', 'files', { label: 'updated' })).data as { id: number }[]).map(({ id }) => id);
    expect(await updated()).toEqual([]);
    await control({ edit: { referenceId: file.reference, lines: ['Corrected.'], by: 'ada' } });
    expect(await updated()).toEqual([Number(file.id)]);
    expect(await (await download(file.id, data.id)).text()).toContain('Corrected.');
    expect((await ask('GET', `transcripts/${data.id}`)).data).toMatchObject({ last_edited_by: 'ada' });
    expect((await ask('PATCH', `files/${file.id}`, { label: 'spring' })).data).toMatchObject({ labels: ['spring'] });
    expect(await updated()).toEqual([]);
    await ask('PATCH', `files/${file.id}`, { label: '' });
    expect((await ask('GET', `files/${file.id}`)).data).toMatchObject({ labels: [] });
  });
});

describe('the stand-in', () => {
  it('keeps everything', () => {
    const again = createThreePlay(options);
    expect([again.files(), again.transcripts(), again.ledger(), again.folders(), again.now()]).toEqual([standIn.files(), standIn.transcripts(), standIn.ledger(), standIn.folders(), standIn.now()]);
  });

  it('shows its state', async () => {
    const page = await (await fetch(`${base}/_state`)).text();
    for (const words of ['Spent: $', 'refund', 'waiting for approval: 0']) expect(page).toContain(words);
  });

  it('knows levels of another account', async () => {
    await control({ levels: [{ id: 12, name: 'Ten days', description: '', hours: 240, price: '0.99' }] });
    expect((await ask('GET', 'turnaround_levels', { prices: 'true' })).data).toEqual([{ id: 12, name: 'Ten days', description: '', price: '0.99' }]);
  });
});

describe('its faults', () => {
  checkFaults({
    base: () => base,
    request: (signal) => fetch(`${base}/v3/turnaround_levels?api_key=key`, signal === undefined ? {} : { signal }),
    match: '/v3/turnaround_levels',
    says: { limited: /rate_limit_error/, broken: /Internal server error/ },
    effect: {
      match: 'POST /v3/files',
      send: () => fetch(`${base}/v3/files`, { method: 'POST', body: new URLSearchParams({ api_key: 'key', language_id: '1', reference_id: 'dropped' }) }),
      isThere: () => Promise.resolve(standIn.files().some(({ referenceId }) => referenceId === 'dropped')),
    },
  });

  it('met nothing unexpected but what was provoked here', () => watch.expectNoOther());
});
