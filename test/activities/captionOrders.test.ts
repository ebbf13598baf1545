import { describe, expect, it } from 'vitest';
import { moveCaptionOrder } from '#db/queries/captionOrders.ts';
import { putVideoTrack } from '#db/queries/videoTracks.ts';
import { makeSite } from '../factories/rows.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import type { Captioning, Filmed } from './support/captioning.ts';
import { runStep } from './support/runActivity.ts';
import { useCaptioning } from './support/useCaptioning.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Two minutes at level 5 of the account: $1.65 each. */
const PRICE = 330;

const database = useDatabase();
const buckets = useBuckets();
const { world, film } = useCaptioning(database, buckets);

type Steps = ReturnType<Captioning['stepsOf']>;
const plan = (of: Filmed = film, more: { isNew?: boolean; isLookedFor?: boolean } = {}, steps: Steps = world.stepsOf()) => runStep(steps, 'planCaptionOrder', { videoId: of.videoId, ...more });
const place = (orderId: string, steps: Steps = world.stepsOf()) => runStep(steps, 'placeCaptionOrder', { orderId });
const look = (orderId: string) => runStep(world.stepsOf(), 'lookForCaptionOrder', { orderId });
const watch = (orderId: string) => runStep(world.stepsOf(), 'watchCaptionOrder', { orderId });
const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it worked', (error: unknown) => error);
const charges = () => world.standIn.ledger().filter(({ kind }) => kind === 'charge').length;
const approve = (orderId: string) => moveCaptionOrder(database.db, orderId, { from: ['waiting'], state: 'intended', approvedBy: world.spender.id, reservedAt: new Date(world.clock.now) });

/** What the audit log says of orders for this film, in the order of things. */
const told = async (of: Filmed = film) => (await database.db('audit_entries').where({ action: 'captions-order' }).whereRaw(`detail ->> 'video' = ?`, [of.videoId]).orderBy('created_at').select<object[]>('actor_kind', 'actor_name', 'site_name', 'detail', 'outcome', 'code'));
const toldOf = (orderId: string, outcome: string | null, code: string | null = null) => ({ actor_kind: 'process', actor_name: 'Captions of a video', site_name: world.site.name, detail: { order: orderId, video: film.videoId, cents: PRICE, currency: 'USD' }, outcome, code });

describe('an order', () => {
  it('is written down with its price, placed once, and watched until it is done', async () => {
    const planned = await plan();
    expect(planned).toMatchObject({ next: 'place' });
    expect(await world.orders(film)).toMatchObject([{ attempt: 1, state: 'intended', priceCents: PRICE, turnaroundLevelId: 5, youtubeId: film.youtubeId }]);
    expect(world.standIn.files()).toMatchObject([{ referenceId: film.youtubeId, name: 'Lecture 1', attributes: [film.videoId, null, null] }]);
    expect(world.standIn.folders()).toMatchObject([{ name: world.site.shortId }]);
    expect(await place(planned.orderId)).toEqual({ next: 'watch' });
    expect(await place(planned.orderId)).toEqual({ next: 'watch' });
    expect(charges()).toBe(1);
    expect(await told()).toEqual([toldOf(planned.orderId, 'done')]);
    expect(await plan()).toEqual({ next: 'watch', orderId: planned.orderId });
    expect(await failureOf(watch(planned.orderId))).toMatchObject({ type: 'CaptionsNotReady' });
    expect(await world.waitsOf(film)).toMatchObject({ code: 'CaptionsOrdered' });
    world.clock.now += 10 * DAY;
    expect(await watch(planned.orderId)).toEqual({ state: 'complete', message: '' });
  });

  it('whose plan is made again makes nothing twice at 3Play', async () => {
    // It waits for a person, so that it is estimated each time.
    world.standIn.control({ settings: { hidesPrices: true } });
    await plan();
    await plan();
    const other = await world.film();
    await plan(other);
    expect(world.standIn.files()).toHaveLength(2);
    expect(world.standIn.folders()).toHaveLength(1);
    expect(await world.orders(film)).toHaveLength(1);
  });

  it.each([['folder', /^POST .*batches/], ['video', /^POST .*files/]] as const)('is planned again when the answer to its %s was lost, and that is made once', async (_what, match) => {
    world.standIn.addFault({ fault: 'drop-after-accept', match });
    expect(await failureOf(plan())).toMatchObject({ kind: 'unavailable' });
    expect(await plan()).toMatchObject({ next: 'place' });
    expect([world.standIn.folders().length, world.standIn.files().length]).toEqual([1, 1]);
  });

  it('whose answer was lost is found at 3Play and taken over, and is paid once', async () => {
    const { orderId } = await plan();
    world.standIn.addFault({ fault: 'drop-after-accept', match: /order/ });
    expect(await place(orderId)).toEqual({ next: 'look' });
    // Told of before the money went; nobody knows yet what came of it.
    expect(await told()).toEqual([toldOf(orderId, null)]);
    expect(await plan()).toEqual({ next: 'look', orderId });
    expect(await look(orderId)).toEqual({ isFound: true });
    expect(await told()).toEqual([toldOf(orderId, 'done')]);
    expect(await world.orders(film)).toMatchObject([{ state: 'adopted', transcriptId: expect.stringMatching(/^\d+$/) as string, priceCents: PRICE }]);
    expect(charges()).toBe(1);
  });

  it('that somebody placed by hand after it was planned is found, and not paid again', async () => {
    const { orderId } = await plan();
    await place(orderId);
    await database.db('caption_orders').update({ state: 'intended', transcript_id: null });
    expect(await place(orderId)).toEqual({ next: 'look' });
    expect(await look(orderId)).toEqual({ isFound: true });
    expect(charges()).toBe(1);
  });

  it('of a worker that died in the call is looked for, and not placed anew', async () => {
    const { orderId } = await plan();
    await moveCaptionOrder(database.db, orderId, { from: ['intended'], state: 'ordering' });
    expect(await place(orderId)).toEqual({ next: 'look' });
    expect(await look(orderId)).toEqual({ isFound: false });
    expect(charges()).toBe(0);
  });

  it('that 3Play did not take is placed by the next try, and one that it limits too', async () => {
    const { orderId } = await plan();
    world.standIn.addFault({ fault: '429', match: /order/, retryAfterSeconds: 90 });
    expect(await failureOf(place(orderId))).toMatchObject({ kind: 'limited', retryAfterMs: 90_000 });
    expect(await world.orders(film)).toMatchObject([{ state: 'intended' }]);
    expect(await place(orderId)).toEqual({ next: 'watch' });
    expect(charges()).toBe(1);
  });

  it('that is there already, whoever placed it, is taken over without being paid', async () => {
    const { orderId } = await plan();
    await place(orderId);
    await database.db('caption_orders').delete();
    const adopted = await plan();
    expect(adopted).toMatchObject({ next: 'watch' });
    expect(await world.orders(film)).toMatchObject([{ state: 'adopted', priceCents: null }]);
    expect(charges()).toBe(1);
  });

  it('that came to nothing twice asks a person for the third', async () => {
    for (const attempt of [1, 2]) {
      const planned = await plan(film, { isLookedFor: attempt > 1 });
      expect(planned).toMatchObject({ next: 'place' });
      world.standIn.addFault({ fault: '500', match: /order/ });
      expect(await place(planned.orderId)).toEqual({ next: 'look' });
      expect(await look(planned.orderId)).toEqual({ isFound: false });
    }
    const third = await plan(film, { isLookedFor: true });
    expect(third).toMatchObject({ next: 'wait', untilMs: null });
    expect((await world.orders(film)).map(({ attempt, state, reason }) => [attempt, state, reason?.code])).toEqual([[1, 'unknown', 'Uncertain'], [2, 'unknown', 'Uncertain'], [3, 'waiting', 'ThirdOrder']]);
    expect(await world.mails()).toMatchObject([{ kind: 'captions-approval-asked', user_id: world.spender.id }]);
    await approve(third.orderId);
    expect(await plan()).toMatchObject({ next: 'place', orderId: third.orderId });
    expect(await place(third.orderId)).toEqual({ next: 'watch' });
    expect(charges()).toBe(1);
  });

  it('that 3Play refuses says why and waits for a person', async () => {
    const { orderId } = await plan();
    world.standIn.addFault({ fault: '400', match: /order/, reason: 'Turnaround level is not available for this project.' });
    expect(await failureOf(place(orderId))).toMatchObject({ type: 'ThreePlayRefused', message: expect.stringContaining('Turnaround level is not available') as string });
    expect(await plan()).toMatchObject({ next: 'none' });
    expect(await plan(film, { isNew: true })).toMatchObject({ next: 'place' });
  });

  it('is not placed by an installation that does not own the database', async () => {
    const { orderId } = await plan();
    const steps = world.stepsOf({ STUDIO_INSTALLATION: 'a copy' });
    expect(await failureOf(place(orderId, steps))).toMatchObject({ type: 'OutwardEffectsOff' });
    expect(charges()).toBe(0);
  });
});

describe('captions that come while 3Play is away', () => {
  it.each([['en', 'plan', 0], ['fr', 'watch', 1]] as const)('in ‘%s’: what is next is to %s', async (language, next, paid) => {
    const { orderId } = await plan();
    const captions = await world.supply(film, language);
    // As their coming notes them.
    await putVideoTrack(database.db, { videoId: film.videoId, kind: 'captions', language, source: 'drive', itemId: captions.id, s3Key: captions.file ?? '', md5: 'c'.repeat(32) });
    expect(await place(orderId)).toEqual({ next });
    expect(charges()).toBe(paid);
  });
});

describe('the same bytes under another id of YouTube’s', () => {
  const MD5 = 'b'.repeat(32);
  const isOf = (of: Filmed, md5: string = MD5, siteId: string = world.site.id) => database.db('videos').where({ id: of.videoId }).update({ source_md5: md5, site_id: siteId });

  it('are never paid again, in whichever site, while 3Play is at work and after', async () => {
    const [second, third] = [await world.film(), await world.film()];
    const elsewhere = await makeSite(database.db);
    await isOf(film);
    await isOf(second);
    await isOf(third, MD5, elsewhere.id);
    const { orderId } = await plan();
    await place(orderId);
    const shared = await plan(second);
    expect(shared).toMatchObject({ next: 'watch' });
    expect(await plan(second)).toEqual(shared);
    expect(await world.orders(second)).toMatchObject([{ attempt: 1, state: 'adopted', priceCents: null, youtubeId: film.youtubeId }]);
    world.clock.now += 10 * DAY;
    expect(await watch(shared.orderId)).toEqual({ state: 'complete', message: '' });
    await moveCaptionOrder(database.db, orderId, { from: ['ordered'], state: 'complete' });
    await moveCaptionOrder(database.db, shared.orderId, { from: ['adopted'], state: 'cancelled' });
    expect(await plan(third)).toMatchObject({ next: 'watch' });
    expect(await world.orders(third)).toMatchObject([{ state: 'adopted', siteId: elsewhere.id }]);
    expect(charges()).toBe(1);
    expect(world.standIn.files()).toHaveLength(1);
  });

  it('are paid once when they come to be ordered at once', async () => {
    const second = await world.film();
    await isOf(film);
    await isOf(second);
    const { orderId } = await plan();
    expect(await plan(second)).toMatchObject({ next: 'wait', untilMs: world.clock.now + 6 * 60 * 60_000 });
    expect(await world.orders(second)).toMatchObject([{ state: 'waiting', reason: { code: 'SameFilm' } }]);
    await place(orderId);
    expect(await plan(second)).toMatchObject({ next: 'watch' });
    expect(await world.orders(second)).toMatchObject([{ state: 'refused' }, { state: 'adopted' }]);
    expect(charges()).toBe(1);
  });

  it('give up an order that still waits for a person', async () => {
    const second = await world.film();
    await isOf(second);
    const dear = world.stepsOf({ THREEPLAY_APPROVAL_ABOVE_CENTS: '0' });
    expect(await plan(second, {}, dear)).toMatchObject({ next: 'wait' });
    await isOf(film);
    await place((await plan()).orderId);
    expect(await plan(second, {}, dear)).toMatchObject({ next: 'watch' });
    expect(await world.orders(second)).toMatchObject([{ state: 'refused', reason: { code: 'Shared' } }, { attempt: 2, state: 'adopted' }]);
    expect(charges()).toBe(1);
  });

  it('are ordered when what there was came to nothing, and other bytes anyway', async () => {
    const [second, other] = [await world.film(), await world.film()];
    await isOf(film);
    await isOf(second);
    await isOf(other, 'c'.repeat(32));
    const { orderId } = await plan();
    await place(orderId);
    expect(await plan(other)).toMatchObject({ next: 'place' });
    await moveCaptionOrder(database.db, orderId, { from: ['ordered'], state: 'cancelled' });
    expect(await plan(second)).toMatchObject({ next: 'place' });
  });
});

describe('money', () => {
  it('is not spent while nobody says what an order costs', async () => {
    world.standIn.control({ settings: { hidesPrices: true } });
    const planned = await plan();
    expect(planned).toMatchObject({ next: 'wait', untilMs: null });
    expect(await world.orders(film)).toMatchObject([{ state: 'waiting', priceCents: null, reason: { code: 'NoPrice' } }]);
    expect(await world.waitsOf(film)).toMatchObject({ code: 'NoPrice', until: null });
    expect(await place(planned.orderId)).toEqual({ next: 'plan' });
    await approve(planned.orderId);
    expect(await place(planned.orderId)).toEqual({ next: 'watch' });
  });

  it('is set aside by the account’s prices of then, not of when the order was written down', async () => {
    world.standIn.control({ settings: { hidesPrices: true } });
    await plan();
    world.standIn.control({ settings: { hidesPrices: false } });
    expect(await plan()).toMatchObject({ next: 'place' });
    expect(await world.orders(film)).toMatchObject([{ state: 'intended', priceCents: PRICE, reason: null }]);
  });

  it('above an amount waits for a person, who is told once', async () => {
    const steps = world.stepsOf({ THREEPLAY_APPROVAL_ABOVE_CENTS: '329' });
    expect(await plan(film, {}, steps)).toMatchObject({ next: 'wait', message: 'This order costs about $3.30, more than $3.29. Approve it or refuse it.' });
    await plan(film, {}, steps);
    expect(await world.mails()).toHaveLength(1);
    expect(await plan(film, {}, world.stepsOf({ THREEPLAY_APPROVAL_ABOVE_CENTS: '330' }))).toMatchObject({ next: 'place' });
  });

  it.each([
    ['of all sites', { THREEPLAY_DAY_LIMIT_CENTS: '659' }, 'DayLimit'],
    ['of a site', { THREEPLAY_SITE_LIMIT_CENTS: '659' }, 'SiteLimit'],
  ] as const)('beyond the day’s limit %s waits for the next day', async (_of, env, code) => {
    const steps = world.stepsOf(env);
    world.clock.now = Date.UTC(2026, 10, 25, 17);
    expect(await plan(film, {}, steps)).toMatchObject({ next: 'place' });
    const second = await world.film();
    const midnight = Date.UTC(2026, 10, 26);
    expect(await plan(second, {}, steps)).toMatchObject({ next: 'wait', untilMs: midnight });
    expect(await world.waitsOf(second)).toMatchObject({ code, until: new Date(midnight).toISOString() });
    // Nobody has to do anything.
    expect(await world.mails()).toEqual([]);
    world.clock.now = midnight;
    expect(await plan(second, {}, steps)).toMatchObject({ next: 'place' });
  });

  it('that was set aside for an order that 3Play cancelled may be spent on another', async () => {
    const steps = world.stepsOf({ THREEPLAY_DAY_LIMIT_CENTS: '659' });
    const { orderId } = await plan(film, {}, steps);
    const second = await world.film();
    expect(await plan(second, {}, steps)).toMatchObject({ next: 'wait' });
    await place(orderId);
    world.standIn.control({ cancel: { referenceId: film.youtubeId, reason: 'No speech', details: '' } });
    await watch(orderId);
    expect(await plan(second, {}, steps)).toMatchObject({ next: 'place' });
  });

  it('is set aside once, however many orders are planned at the same moment', async () => {
    const films = await Promise.all(Array.from({ length: 6 }, () => world.film()));
    const steps = world.stepsOf({ THREEPLAY_DAY_LIMIT_CENTS: String(3 * PRICE) });
    const planned = await Promise.all(films.map((one) => plan(one, {}, steps)));
    expect(planned.map(({ next }) => next).sort()).toEqual(['place', 'place', 'place', 'wait', 'wait', 'wait']);
  });
});

describe('an order at 3Play', () => {
  it('that needs a yes there is shown as such, with what it costs, until somebody says it', async () => {
    world.standIn.control({ settings: { needsApproval: true } });
    const { orderId } = await plan();
    await place(orderId);
    expect(await failureOf(watch(orderId))).toMatchObject({ type: 'CaptionsNotReady' });
    expect(await world.orders(film)).toMatchObject([{ state: 'approving', reason: { code: 'ServiceApproval' } }]);
    expect(await world.waitsOf(film)).toMatchObject({ code: 'ServiceApproval', message: 'The order waits for a yes at 3Play’s own pages ($3.30).' });
    world.standIn.control({ approve: { referenceId: film.youtubeId } });
    expect(await failureOf(watch(orderId))).toMatchObject({ type: 'CaptionsNotReady' });
    expect(await world.orders(film)).toMatchObject([{ state: 'ordered', reason: null }]);
  });

  it('that is cancelled says why, costs nothing, and is placed again only for a person', async () => {
    const { orderId } = await plan();
    await place(orderId);
    world.standIn.control({ cancel: { referenceId: film.youtubeId, reason: 'No speech', details: 'Music only.' } });
    expect(await watch(orderId)).toMatchObject({ state: 'cancelled', message: expect.stringContaining('No speech: Music only. It costs nothing.') as string });
    expect(await plan()).toMatchObject({ next: 'none', orderId });
    expect(await plan(film, { isNew: true })).toMatchObject({ next: 'place' });
    expect((await world.orders(film)).map(({ attempt, state }) => [attempt, state])).toEqual([[1, 'cancelled'], [2, 'intended']]);
  });
});

describe('what cannot be ordered', () => {
  it('names the levels there are when the one that is wished for is not', async () => {
    expect(await failureOf(plan(film, {}, world.stepsOf({ THREEPLAY_TURNAROUND_LEVEL_ID: '9' })))).toMatchObject({ type: 'CaptionsBlocked', message: expect.stringContaining('5 (Extended)') as string });
  });

  it('says that 3Play is not set up, or that the video is nowhere it could be fetched', async () => {
    expect(await failureOf(plan(film, {}, world.stepsOf({ THREEPLAY_API_KEY: '' })))).toMatchObject({ type: 'CaptionsBlocked' });
    await database.db('videos').update({ youtube_id: null });
    expect(await failureOf(plan())).toMatchObject({ type: 'CaptionsBlocked' });
  });
});
