import { expect, test } from 'vitest';
import { createRedaction } from '#domain/redaction.ts';

const SECRET = 'hunter2/Ä"+ \\n=&z';
const redact = createRedaction([SECRET, 'the-other-secret', 'the-other-secret-is-longer', 'short']);

test.each([
  ['as it is', `key ${SECRET}!`],
  ['in JSON', JSON.stringify({ key: SECRET })],
  ['in JSON within JSON', JSON.stringify({ body: JSON.stringify({ key: SECRET }) })],
  ['in an address', `https://x.example/?key=${encodeURIComponent(SECRET)}&y`],
  ['in a form', new URLSearchParams({ key: SECRET }).toString()],
  ['as a password', `Basic ${Buffer.from(`api:${SECRET}`).toString('base64')}`],
  ['as a password of somebody with a longer name', `Basic ${Buffer.from(`studio:${SECRET}`).toString('base64')}`],
  ['as a password of somebody with one more letter', `Basic ${Buffer.from(`studios:${SECRET}`).toString('base64')}`],
  ['twice', `${SECRET}${SECRET}`],
])('a secret is taken out %s', (_where, text) => {
  const left = redact(text);
  expect(left).toContain('[secret]');
  for (const form of [SECRET, JSON.stringify(SECRET).slice(1, -1), encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64').slice(0, 10)]) expect(left).not.toContain(form);
});

test('of two of which one begins as the other does, nothing is left', () => {
  expect(redact('a the-other-secret-is-longer b the-other-secret c')).toBe('a [secret] b [secret] c');
});

test('what is no secret stays, and a line of JSON stays one', () => {
  expect(redact('a short word and hunter')).toBe('a short word and hunter');
  expect(JSON.parse(redact(JSON.stringify({ level: 30, msg: `said ${SECRET}`, err: { stack: `x\n${SECRET}` } })))).toEqual({ level: 30, msg: 'said [secret]', err: { stack: 'x\n[secret]' } });
  expect(createRedaction([])(SECRET)).toBe(SECRET);
  expect(createRedaction(['', 'x'])('x y')).toBe('x y');
});
