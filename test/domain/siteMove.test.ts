import { describe, expect, it } from 'vitest';
import { moveFault, type MoveFacts } from '#domain/siteMove.ts';

const facts = (given: Partial<MoveFacts>): MoveFacts => ({ isRoot: false, from: 'courses/old', wasLive: true, urlPath: 'courses/old', asked: 'new', to: 'courses/new', holder: undefined, redirects: [], isUnfinished: false, ...given });

describe('a move of a site that readers do not find', () => {
  it('is refused with what to do instead, according to whether they ever did', () => {
    expect(moveFault(facts({ from: null, wasLive: false }))?.message).toBe('The site was never published live, so nobody knows its address: change its URL instead of moving it.');
    expect(moveFault(facts({ from: null }))?.message).toBe('The site was unpublished, so there is nothing that could move. Publish it live again, which brings it back at ‘courses/old’, then move it.');
  });
});

it('a move to a free place is no fault', () => {
  expect(moveFault(facts({}))).toBeUndefined();
});
