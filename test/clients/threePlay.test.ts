import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createThreePlay, type ThreePlay, ThreePlayError } from '#clients/threePlay.ts';
import { adoptableTranscript, captionOrderStateOf, chooseTurnaroundLevel, orderPriceCents } from '#domain/threePlay.ts';
import { createThreePlay as createStandIn } from '#local/standins/threePlay/createThreePlay.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { until } from '#test/support/until.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LEVEL = '5';
const YOUTUBE_ID = 'dQw4w9WgXcQ';
/** What is told of an order that is not there or not ready. */
const NOTHING = { id: '1', mediaId: '1' };

let standIn: ReturnType<typeof createStandIn>;
let url = '';
beforeEach(async () => {
  standIn = createStandIn({ apiKey: 'secret', projectId: '7', now: () => Date.UTC(2026, 10, 25, 12) });
  url = await standIn.listen();
});
afterEach(async () => {
  const unexpected = standIn.journal.filter((entry) => entry.unexpected === true);
  await standIn.close();
  expect(unexpected).toEqual([]);
});

const clientOf = (env: Record<string, string> = {}): ThreePlay => createThreePlay(makeConfig({ THREEPLAY_API_URL: url, THREEPLAY_STATIC_URL: url, THREEPLAY_API_KEY: 'secret', THREEPLAY_PROJECT_ID: '7', ...env }));
const errorOf = async (work: Promise<unknown>): Promise<ThreePlayError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof ThreePlayError) return error;
  throw error;
};
/** A video in a folder; its id. */
async function addMedia(referenceId = YOUTUBE_ID, name = 'Lecture 1'): Promise<string> {
  const client = clientOf();
  const folderId = (await client.findFolder('8.01')) ?? (await client.createFolder('8.01'));
  return client.createMedia({ sourceUrl: `https://www.youtube.com/watch?v=${referenceId}`, referenceId, name, folderId, marker: 'video-1' });
}
const place = (mediaId: string, callbackUrl: string | null = null) => clientOf().order({ mediaId, levelId: LEVEL, callbackUrl });

describe('a folder', () => {
  it('is found by its whole name, and the oldest of several', async () => {
    const client = clientOf();
    expect(await client.findFolder('8.01')).toBeNull();
    await client.createFolder('8.01x');
    expect(await client.findFolder('8.01')).toBeNull();
    const id = await client.createFolder('8.01');
    await client.createFolder('8.01');
    expect(await client.findFolder('8.01')).toBe(id);
  });
});

describe('a video', () => {
  it('is made known in English, with our ids', async () => {
    const id = await addMedia();
    expect(standIn.files()).toMatchObject([{ id: Number(id), name: 'Lecture 1', languageId: 1, referenceId: YOUTUBE_ID, sourceUrl: `https://www.youtube.com/watch?v=${YOUTUBE_ID}`, attributes: ['video-1', null, null], batchId: standIn.folders()[0]?.id }]);
    expect(await clientOf().media(id)).toEqual({ id, referenceId: YOUTUBE_ID, labels: [], durationMs: 120_000 });
    expect(await errorOf(clientOf().media('1'))).toMatchObject({ kind: 'missing', status: 404 });
  });

  it('has no more of its name than 3Play takes, and no half of a character', async () => {
    await addMedia(YOUTUBE_ID, '🎓'.repeat(400));
    expect([...(standIn.files()[0]?.name ?? '')]).toEqual(Array.from({ length: 300 }, () => '🎓'));
  });

  it('is found by its reference id, all of them newest first', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 103; index += 1) ids.push(await addMedia());
    await addMedia('another');
    standIn.journal.length = 0;
    expect((await clientOf().findMedia(YOUTUBE_ID)).map(({ id }) => id)).toEqual(ids.reverse());
    expect(standIn.journal).toHaveLength(2);
    expect(await clientOf().findMedia('dQw4')).toEqual([]);
  });

  it('whose answer was lost is found again', async () => {
    const folderId = await clientOf().createFolder('8.01');
    standIn.addFault({ fault: 'drop-after-accept', match: /^POST/ });
    expect(await errorOf(clientOf().createMedia({ sourceUrl: 'https://www.youtube.com/watch?v=a', referenceId: 'a', name: 'A', folderId, marker: 'm' }))).toMatchObject({ kind: 'uncertain', status: null });
    expect(await clientOf().findMedia('a')).toMatchObject([{ id: String(standIn.files()[0]?.id) }]);
  });
});

describe('a price', () => {
  it('is the account’s own, and what the ledger says in the end', async () => {
    const levels = await clientOf().turnaroundLevels();
    const choice = chooseTurnaroundLevel(levels, LEVEL);
    if (choice.kind !== 'chosen') throw new Error(choice.kind);
    expect(choice.level).toEqual({ id: '5', name: 'Extended', centsPerMinute: 165 });
    const mediaId = await addMedia();
    const { durationMs } = await clientOf().media(mediaId);
    await place(mediaId);
    expect(standIn.ledger()).toMatchObject([{ kind: 'charge', cents: orderPriceCents(choice.level, durationMs), mediaFileId: Number(mediaId) }]);
    expect(chooseTurnaroundLevel(levels, 'cheapest')).toEqual(choice);
  });

  it('is unknown where the account does not say', async () => {
    standIn.control({ settings: { hidesPrices: true } });
    const levels = await clientOf().turnaroundLevels();
    expect(levels.map(({ centsPerMinute }) => centsPerMinute)).toEqual([null, null, null, null, null, null]);
    expect(chooseTurnaroundLevel(levels, 'cheapest').kind).toBe('unpriced');
  });
});

describe('an order', () => {
  it('is placed once, is at work, and is complete', async () => {
    const mediaId = await addMedia();
    const placed = await place(mediaId);
    expect(placed).toEqual({ id: expect.stringMatching(/^\d+$/) as string, mediaId, referenceId: YOUTUBE_ID, status: 'in_progress', isCancellable: true, durationMs: 120_000, cancellationReason: null });
    expect(standIn.transcripts()).toMatchObject([{ levelId: 5, callback: null }]);
    standIn.control({ advanceMs: 9 * DAY });
    expect(await clientOf().transcript(placed.id)).toMatchObject({ status: 'in_progress', isCancellable: false });
    standIn.control({ advanceMs: DAY });
    expect(await clientOf().transcript(placed.id)).toMatchObject({ status: 'complete' });
    expect(await errorOf(clientOf().transcript('1'))).toMatchObject({ kind: 'missing', status: 404 });
  });

  it('for a video that has one exists already, and costs nothing more', async () => {
    const mediaId = await addMedia();
    const placed = await place(mediaId);
    expect(await errorOf(place(mediaId))).toMatchObject({ kind: 'exists', status: 400 });
    standIn.control({ advanceMs: 10 * DAY });
    expect(await errorOf(place(mediaId))).toMatchObject({ kind: 'exists', status: 400 });
    expect((await clientOf().findTranscripts(YOUTUBE_ID)).map(({ id }) => id)).toEqual([placed.id]);
    expect(standIn.ledger()).toHaveLength(1);
  });

  it('whose answer was lost is found by the reference id instead of being paid twice', async () => {
    const mediaId = await addMedia();
    standIn.addFault({ fault: 'drop-after-accept', match: /^POST/ });
    expect(await errorOf(place(mediaId))).toMatchObject({ kind: 'uncertain', status: null });
    const found = (await clientOf().findTranscripts(YOUTUBE_ID)).map(({ id, status }) => ({ id, state: captionOrderStateOf(status, false) }));
    expect(adoptableTranscript(found)).toEqual({ id: String(standIn.transcripts()[0]?.id), state: 'inProgress' });
    expect(standIn.ledger()).toHaveLength(1);
  });

  it('is found with all the others of its reference id, newest first, and with no one else’s', async () => {
    const placed: string[] = [];
    for (let index = 0; index < 102; index += 1) placed.push((await place(await addMedia())).id);
    await place(await addMedia('another'));
    expect((await clientOf().findTranscripts(YOUTUBE_ID)).map(({ id }) => id)).toEqual(placed.reverse());
    expect(await clientOf().findTranscripts('none')).toEqual([]);
  });

  it('may be cancelled, with a reason', async () => {
    const { id } = await place(await addMedia());
    standIn.control({ cancel: { referenceId: YOUTUBE_ID, reason: 'Source file invalid', details: 'There is no speech.' } });
    expect(await clientOf().transcript(id)).toMatchObject({ status: 'cancelled', isCancellable: false, cancellationReason: 'Source file invalid: There is no speech.' });
  });

  it('may wait for a yes at 3Play’s own pages, which the list of approvals alone tells', async () => {
    standIn.control({ settings: { needsApproval: true } });
    const mediaId = await addMedia();
    const { id, status } = await place(mediaId);
    expect(status).toBe('in_progress');
    expect(await clientOf().approvals()).toEqual([{ id: expect.stringMatching(/^\d+$/) as string, transcriptId: id, mediaId, priceCents: 330 }]);
    expect(standIn.ledger()).toEqual([]);
    standIn.control({ approve: { transcript: Number(id) } });
    expect(await clientOf().approvals()).toEqual([]);
    expect(standIn.ledger()).toHaveLength(1);
  });
});

describe('what comes of an order', () => {
  it('is a PDF and a WebVTT', async () => {
    const transcript = await place(await addMedia());
    for (const format of ['pdf', 'vtt'] as const) expect(await clientOf().download(transcript, format)).toBeNull();
    standIn.control({ advanceMs: 10 * DAY });
    const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('latin1');
    expect(text(await clientOf().download(transcript, 'pdf'))).toMatch(/^%PDF-1\.4\n[\s\S]*%%EOF\n$/);
    expect(text(await clientOf().download(transcript, 'vtt'))).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:04\.000\nWelcome to Lecture 1\.\n/);
    expect(standIn.journal.slice(-2).map(({ path }) => path)).toEqual(['46', '51'].map((format) => `/p/files/${transcript.mediaId}/threeplay_transcripts/${transcript.id}?project_id=7&format_id=${format}`));
  });

  it('is nothing where there is no such thing, or it is another project’s', async () => {
    const transcript = await place(await addMedia());
    standIn.control({ advanceMs: 10 * DAY });
    expect(await clientOf().download(NOTHING, 'vtt')).toBeNull();
    expect(await clientOf({ THREEPLAY_PROJECT_ID: '8' }).download(transcript, 'vtt')).toBeNull();
  });

  it('needs no key', async () => {
    const transcript = await place(await addMedia());
    standIn.control({ advanceMs: 10 * DAY });
    expect(await createThreePlay(makeConfig({ THREEPLAY_STATIC_URL: url, THREEPLAY_PROJECT_ID: '7' })).download(transcript, 'vtt')).not.toBeNull();
    expect(standIn.journal.at(-1)?.path).not.toContain('secret');
  });

  it.each<[string, number, string, 'pdf' | 'vtt', string | null]>([
    ['a missing record', 200, '{"is_error":true,"error_description":"record not found"}', 'vtt', null],
    ['not found', 404, 'Not found', 'vtt', null],
    ['another error with 200', 200, '{"is_error":true,"error_description":"busy"}', 'vtt', 'unavailable'],
    ['an error without words', 200, '{"is_error":true}', 'pdf', 'unavailable'],
    ['a page', 200, '<html>', 'vtt', 'unavailable'],
    ['captions instead of a PDF', 200, 'WEBVTT\n', 'pdf', 'unavailable'],
    ['a PDF instead of captions', 200, '%PDF-1.4', 'vtt', 'unavailable'],
    ['nothing', 200, '', 'vtt', 'unavailable'],
    ['a broken server', 500, 'x', 'vtt', 'unavailable'],
    ['a limit', 429, 'x', 'vtt', 'limited'],
    ['a redirect', 302, '', 'vtt', 'refused'],
  ])('is not what is answered instead: %s', async (_what, status, body, format, kind) => {
    const work = serving(status, body, (client) => client.download(NOTHING, format));
    if (kind === null) expect(await work).toBeNull();
    else expect(await errorOf(work)).toMatchObject({ kind, status });
  });

  it('may begin with a mark of its byte order', async () => {
    expect(await serving(200, '\uFEFFWEBVTT\n', (client) => client.download(NOTHING, 'vtt'))).toEqual(Buffer.from('\uFEFFWEBVTT\n'));
  });
});

describe('a correction', () => {
  it('is told by a label, which is taken off and leaves the others', async () => {
    const corrected = await addMedia();
    await place(corrected);
    await place(await addMedia('another'));
    standIn.control({ advanceMs: 10 * DAY });
    expect(await clientOf().updatedMedia()).toEqual([]);
    standIn.control({ edit: { referenceId: YOUTUBE_ID, lines: ['Corrected.'] } });
    standIn.files()[0]?.labels.unshift('spring');
    const [media, ...more] = await clientOf().updatedMedia();
    expect(more).toEqual([]);
    expect(media).toMatchObject({ id: corrected, labels: ['spring', 'updated'] });
    await clientOf().clearUpdatedLabel(media ?? { id: '', labels: [] });
    expect(await clientOf().updatedMedia()).toEqual([]);
    expect(await clientOf().media(corrected)).toMatchObject({ labels: ['spring'] });
  });

  it('is found beyond the first page', async () => {
    const client = clientOf();
    const folderId = await client.createFolder('8.01');
    for (let index = 0; index < 101; index += 1) await client.createMedia({ sourceUrl: 'https://www.youtube.com/watch?v=a', referenceId: `v${index}`, name: 'A', folderId, marker: 'm' });
    for (const media of standIn.files()) media.labels.push('updated');
    expect(await client.updatedMedia()).toHaveLength(101);
  });
});

describe('the account', () => {
  it('is needed, and has to be right', async () => {
    const none = createThreePlay(makeConfig({ THREEPLAY_API_URL: url }));
    expect([none.isConfigured, clientOf().isConfigured]).toEqual([false, true]);
    expect(await errorOf(none.findFolder('8.01'))).toMatchObject({ kind: 'refused', status: null });
    expect(standIn.journal).toEqual([]);
    expect(await errorOf(clientOf({ THREEPLAY_API_KEY: 'wrong' }).findFolder('8.01'))).toMatchObject({ kind: 'refused', status: 401, message: 'Invalid API key. (401)' });
  });

  it('may ask five hundred times a minute', async () => {
    const client = clientOf();
    await Promise.all(Array.from({ length: 500 }, () => client.turnaroundLevels()));
    expect(await errorOf(client.turnaroundLevels())).toMatchObject({ kind: 'limited', status: 429, retryAfterMs: 60_000 });
    standIn.control({ advanceMs: 60_000 });
    expect(await client.turnaroundLevels()).not.toEqual([]);
  });

  it('is not in what its errors say', async () => {
    standIn.addFault({ fault: '500', times: 2 });
    standIn.addFault({ fault: 'drop-after-accept' });
    for (const work of [() => clientOf().findFolder('8.01'), () => clientOf().createFolder('8.01'), () => clientOf().createFolder('8.01')]) {
      const error = await errorOf(work());
      expect(`${error.message} ${error.stack ?? ''} ${JSON.stringify(error)}`).not.toContain('secret');
    }
  });
});

describe('a service that fails', () => {
  it.each([
    ['429', 'limited', 'limited', 60_000],
    ['500', 'uncertain', 'unavailable', null],
    ['502', 'uncertain', 'unavailable', null],
    ['504', 'uncertain', 'unavailable', null],
    ['403', 'refused', 'refused', null],
    ['400', 'refused', 'refused', null],
  ] as const)('with %s is %s for what changes something, and %s for a look', async (fault, change, look, retryAfterMs) => {
    standIn.addFault({ fault, times: 9 });
    const client = clientOf();
    for (const work of [() => place('1'), () => client.createFolder('8.01'), () => client.createMedia({ sourceUrl: 'https://example.edu', referenceId: 'a', name: 'a', folderId: '1', marker: 'm' }), () => client.clearUpdatedLabel({ id: '1', labels: [] })]) expect(await errorOf(work())).toMatchObject({ kind: change, status: Number(fault), retryAfterMs });
    for (const work of [() => client.findFolder('8.01'), () => client.findMedia('a'), () => client.findTranscripts('a'), () => client.approvals(), () => client.turnaroundLevels()]) expect(await errorOf(work())).toMatchObject({ kind: look, status: Number(fault), retryAfterMs });
    // One attempt each.
    expect(standIn.journal).toHaveLength(9);
    expect(standIn.ledger()).toEqual([]);
  });

  it('says how long to wait', async () => {
    standIn.addFault({ fault: '429', retryAfterSeconds: 7 });
    expect(await errorOf(clientOf().turnaroundLevels())).toMatchObject({ kind: 'limited', retryAfterMs: 7_000 });
  });

  it('and cannot be reached has done nothing', async () => {
    const gone = createStandIn({ apiKey: 'a', projectId: '7' });
    const nobody = await gone.listen();
    await gone.close();
    expect(await errorOf(clientOf({ THREEPLAY_API_URL: nobody }).order({ mediaId: '1', levelId: LEVEL, callbackUrl: null }))).toMatchObject({ kind: 'unavailable', status: null, message: '3Play cannot be reached' });
  });

  it.each<[string, number, string, (client: ThreePlay) => Promise<unknown>, string]>([
    ['a page instead of an order', 200, '<html>', (client) => client.order({ mediaId: '1', levelId: LEVEL, callbackUrl: null }), 'uncertain'],
    ['an order without an id', 200, '{"code":200,"data":{"media_file_id":1}}', (client) => client.order({ mediaId: '1', levelId: LEVEL, callbackUrl: null }), 'uncertain'],
    ['a folder without an id', 200, '{"code":200,"data":{}}', (client) => client.createFolder('8.01'), 'uncertain'],
    ['a page instead of a list', 200, '<html>', (client) => client.findTranscripts('a'), 'unavailable'],
    ['a transcript without an id', 200, '{"data":{}}', (client) => client.transcript('1'), 'unavailable'],
    ['a file without an id', 200, '{"data":{}}', (client) => client.media('1'), 'unavailable'],
    ['an error with 200', 200, '{"code":404,"error":{"type":"not_found_error","message":"Not found"}}', (client) => client.transcript('1'), 'missing'],
    ['an error without a code', 200, '{"error":{"message":"No"}}', (client) => client.transcript('1'), 'refused'],
    ['that it is ordered already', 400, '{"code":400,"error":{"message":"An order for this file already exists"}}', (client) => client.order({ mediaId: '1', levelId: LEVEL, callbackUrl: null }), 'exists'],
  ])('and answers %s is not believed', async (_what, status, body, work, kind) => {
    expect(await errorOf(serving(status, body, work))).toMatchObject({ kind });
  });

  it('with entries of a list that are none loses those', async () => {
    const body = JSON.stringify({ code: 200, data: [null, 7, 'x', { id: 9 }, { media_file_id: 1 }, { id: 8, media_file_id: '3', status: 'in_progress', cancellable: 'true', duration: 0 }] });
    expect(await serving(200, body, (client) => client.findTranscripts('a'))).toEqual([{ id: '8', mediaId: '3', referenceId: null, status: 'in_progress', isCancellable: true, durationMs: null, cancellationReason: null }]);
  });

  it('ends with the activity that asks', async () => {
    standIn.addFault({ fault: 'timeout' });
    const stop = new AbortController();
    const asked = clientOf().turnaroundLevels(stop.signal);
    await until('it is asked', () => Promise.resolve(standIn.journal.at(-1)?.fault === 'timeout' ? true : undefined));
    stop.abort(new Error('stopped'));
    await expect(asked).rejects.toThrow('stopped');
    await expect(clientOf().createFolder('8.01', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(standIn.journal).toHaveLength(1);
  });
});

/** What a client makes of an answer the stand-in does not give. */
async function serving(status: number, body: string, work: (client: ThreePlay) => Promise<unknown>): Promise<unknown> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await work(clientOf({ THREEPLAY_API_URL: address, THREEPLAY_STATIC_URL: address }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
