import { expect, test } from 'vitest';
import { GRACE_MS, newStream, nextStream, type StreamEvent, type StreamState, SUSPICION_MS } from '../../web/src/lib/streamState.ts';

/** The state after events, each `[kind, milliseconds since the start]`. */
const after = (...events: readonly [StreamEvent['kind'], number][]): StreamState => events.reduce((state, [kind, at]) => nextStream(state, { kind, at }), newStream(0));

test('a stream that opens is live', () => {
  expect(after(['opened', 50]).status).toBe('live');
});

test('a stream that does not open is paused after a while, and live when it opens after all', () => {
  expect(after(['failed', 10], ['timePassed', GRACE_MS - 1]).status).toBe('connecting');
  expect(after(['failed', 10], ['timePassed', GRACE_MS]).status).toBe('paused');
  expect(after(['timePassed', GRACE_MS], ['opened', GRACE_MS + 1]).status).toBe('live');
});

test('a cut that is mended within the grace is never told', () => {
  const cut = after(['opened', 0], ['failed', 60_000], ['timePassed', 61_000]);
  expect(cut.status).toBe('connecting');
  expect(nextStream(cut, { kind: 'opened', at: 62_000 }).status).toBe('live');
  expect(nextStream(cut, { kind: 'timePassed', at: 60_000 + GRACE_MS }).status).toBe('paused');
});

test('a change that no event tells of is silence, and then only an event is proof', () => {
  const silent = after(['opened', 0], ['changeFound', 20_000], ['timePassed', 20_000 + SUSPICION_MS]);
  expect(silent).toMatchObject({ status: 'paused', needsProof: true });
  const reopened = [
    { kind: 'begun', at: 30_000 },
    { kind: 'opened', at: 30_010 },
  ] as const;
  expect(reopened.reduce(nextStream, silent).status).toBe('paused');
  expect(nextStream(reopened.reduce(nextStream, silent), { kind: 'heard', at: 31_000 })).toMatchObject({ status: 'live', needsProof: false });
});

test('an event that comes a little after the look, or came just before, clears the stream', () => {
  expect(after(['opened', 0], ['changeFound', 20_000], ['heard', 20_500], ['timePassed', 60_000]).status).toBe('live');
  expect(after(['opened', 0], ['heard', 19_500], ['changeFound', 20_000], ['timePassed', 60_000]).status).toBe('live');
});

test('nothing found while paused makes it worse', () => {
  const paused = after(['timePassed', GRACE_MS]);
  expect(nextStream(paused, { kind: 'changeFound', at: GRACE_MS + 1 })).toBe(paused);
});
