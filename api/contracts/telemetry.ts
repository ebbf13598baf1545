import { z } from 'zod';
import { type FeatureFlag, featureFlags } from '#domain/featureFlags.ts';
import { defineContracts } from './contract.ts';

const flags = Object.keys(featureFlags) as [FeatureFlag, ...FeatureFlag[]];

export const telemetryContracts = defineContracts({
  'GET /api/v1/telemetry': {
    summary: 'Where a page reports its own faults, before anybody is signed in; null where nobody wants to know',
    access: 'anyone',
    status: 200,
    response: z.object({ release: z.string(), environment: z.string(), sentry: z.object({ dsn: z.string(), sampleRate: z.number() }).nullable() }),
    errors: [],
  },
  'GET /api/v1/features': {
    summary: 'What is switched on for the caller; it waits for nobody',
    access: 'signedIn',
    status: 200,
    response: z.object({ features: z.record(z.enum(flags), z.boolean()) }),
    errors: [],
  },
});
