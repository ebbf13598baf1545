import type { ApiDeps } from '../deps.ts';
import type { Handlers } from '../router.ts';

export function telemetryRoutes({ config, version, analytics }: ApiDeps): Pick<Handlers, 'GET /api/v1/telemetry' | 'GET /api/v1/features'> {
  const { sentryDsn: dsn, sentrySampleRate: sampleRate } = config;
  return {
    'GET /api/v1/telemetry': () => Promise.resolve({ release: version, environment: config.studioEnvironment, sentry: dsn === undefined ? null : { dsn, sampleRate } }),
    'GET /api/v1/features': async ({ who }) => ({ features: await analytics.features(who) }),
  };
}
