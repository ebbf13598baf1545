import { describe, expect, it } from 'vitest';
import { type AuditAction, auditActions } from '#domain/audit.ts';
import { featureFlags, featuresOf, usualFeatures } from '#domain/featureFlags.ts';
import { productEventOf, productEvents } from '#domain/productEvents.ts';
import { canaries, canariesIn } from '#test/support/canaries.ts';

describe('an event of the product', () => {
  it('says what was asked, where and of what kind', () => {
    expect(productEventOf({ action: 'publish', route: 'POST /api/v1/sites/:site/publishes', params: { site: 'algebra' }, body: { version: 'live', urlPath: 'courses/a' } })).toEqual({ name: 'publish asked', properties: { action: 'publish', route: 'POST /api/v1/sites/:site/publishes', site: 'algebra', version: 'live' } });
  });

  it('is none for what only the audit log has to know', () => {
    for (const action of ['role-give', 'sign-out', 'token-make', 'impersonation-begin'] satisfies AuditAction[]) expect(productEventOf({ action, route: 'POST /x', params: {}, body: { email: canaries.email } })).toBeUndefined();
  });

  it('holds nothing that somebody wrote, whatever they put where', () => {
    const leaky = Object.fromEntries(['version', 'site', 'title', 'name', 'markdown', 'reason', 'email'].map((key) => [key, `${canaries.name} ${canaries.markdown}`]));
    for (const action of Object.keys(auditActions) as AuditAction[]) {
      expect(canariesIn(JSON.stringify(productEventOf({ action, route: 'POST /x', params: { site: canaries.email, item: canaries.name }, body: leaky }) ?? {})), action).toEqual([]);
    }
  });

  it('has a name that many may share and one set of properties', () => {
    for (const definition of Object.values(productEvents)) expect(definition.name).toMatch(/^[a-z ]{5,40}$/);
  });
});

describe('feature flags', () => {
  it('are as usual unless PostHog has a yes or no', () => {
    expect(featuresOf({})).toEqual(usualFeatures);
    expect(featuresOf({ OCW_STUDIO_CONTENT_DELETABLE: 'variant', other: true })).toEqual(usualFeatures);
    expect(featuresOf({ OCW_STUDIO_CONTENT_DELETABLE: false })).toEqual({ ...featureFlags, OCW_STUDIO_CONTENT_DELETABLE: false });
  });
});
