import { expect, it } from 'vitest';
import { webTableOf, webVerdictOf } from './webVerdict.ts';

it('holds by the median of the rounds', () => {
  expect(webVerdictOf({ name: 'typing', ours: [49, 90, 50] }).holds).toBe(true);
  expect(webVerdictOf({ name: 'typing', ours: [49, 90, 51] }).holds).toBe(false);
});

it('holds nothing whose condition is not so, however good the figure', () => {
  expect(webVerdictOf({ name: 'scroll', ours: [12], condition: { what: 'the last item was reached', holds: false } }).holds).toBe(false);
});

it('has nothing to hold without a goal', () => {
  expect(webVerdictOf({ name: 'blocking', ours: [10] }).holds).toBeNull();
});

it('prints what stands beside a figure, and no ratio to nothing', () => {
  expect(webTableOf([webVerdictOf({ name: 'first-paint', ours: [300], beside: { what: 'an empty page', figures: [100] } })])).toContain('| 300.0 (300.0–300.0) ms | an empty page | 100.0 ms | 3.00 |');
  expect(webTableOf([webVerdictOf({ name: 'blocking', ours: [300], beside: { what: 'an empty page', figures: [0] } })])).toContain('| an empty page | 0.0 ms |  |');
});
