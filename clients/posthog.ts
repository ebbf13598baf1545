import type { PostHog } from 'posthog-node';
import type { Config } from '#config/load.ts';
import { featureFlags, type Features, featuresOf, usualFeatures } from '#domain/featureFlags.ts';
import type { ProductEvent } from '#domain/productEvents.ts';
import { createRateGuard } from './rateGuard.ts';

/** Whom flags are evaluated for. The address is compared on this machine and goes nowhere. */
export interface FlaggedPerson {
  readonly userId: string | null;
  readonly email: string | null;
}

/** Counts what people do, and says what is switched on for whom. */
export interface Analytics {
  /** Never throws and never waits; what cannot be sent is gone. */
  capture(event: ProductEvent, who: { readonly userId: string | null }): void;
  /** By the definitions that came last, without asking anybody; before the first of them everything is as usual. */
  features(who: FlaggedPerson): Promise<Features>;
  /** Sends what waits, for so long at most. */
  close(timeoutMs: number): Promise<void>;
}

/** For installations without PostHog: nothing is loaded, nothing is sent, flags are as usual. */
export const noAnalytics: Analytics = { capture: () => undefined, features: () => Promise.resolve(usualFeatures), close: () => Promise.resolve() };

type Settings = Pick<Config, 'posthogEnabled' | 'posthogApiUrl' | 'posthogProjectApiKey' | 'posthogSecureKey' | 'posthogFlagTimeoutMs' | 'posthogMaxRetries' | 'studioEnvironment'>;

export interface AnalyticsOptions {
  /** Told, at most once in a minute, that PostHog could not be reached or said no. */
  readonly onFault: (error: unknown) => void;
  /** Milliseconds between two looks at the flags’ definitions. */
  readonly pollMs?: number;
  /** Events that are sent together. */
  readonly batch?: number;
}

const MINUTE_MS = 60_000;
const POLL_MS = 30_000;
const BATCH = 20;
const FLUSH_MS = 10_000;
/** Events that wait for a PostHog that does not answer; of more, the oldest are dropped. */
const MAX_WAITING = 1_000;
/** Who did what a machine did with a token. */
const MACHINE = 'machine';

/** Opens the way to PostHog, where it is switched on; its client is loaded only then. */
export async function openAnalytics(config: Settings, { onFault: tell, pollMs = POLL_MS, batch = BATCH }: AnalyticsOptions): Promise<Analytics> {
  const { posthogProjectApiKey: projectKey, posthogSecureKey: secureKey, posthogFlagTimeoutMs: timeoutMs } = config;
  if (!config.posthogEnabled || projectKey === undefined) return noAnalytics;
  const { PostHog: Client } = await import('posthog-node');
  const mayTell = createRateGuard({ perKey: 1, inAll: 1, windowMs: MINUTE_MS });
  const onFault = (error: unknown): void => {
    if (mayTell('fault')) tell(error);
  };
  const client: PostHog = new Client(projectKey, {
    host: config.posthogApiUrl,
    ...(secureKey === undefined ? {} : { personalApiKey: secureKey, featureFlagsPollingInterval: Math.max(pollMs, timeoutMs + 100) }),
    // A question that is never answered, or that is answered after the next one is due, would stop the client’s polling for good.
    fetch: (url, request) => fetch(url, { ...(request as RequestInit), signal: AbortSignal.timeout(timeoutMs) }),
    requestTimeout: timeoutMs,
    fetchRetryCount: config.posthogMaxRetries,
    flushAt: batch,
    flushInterval: FLUSH_MS,
    maxQueueSize: MAX_WAITING,
    disableGeoip: true,
    strictLocalEvaluation: true,
    sendFeatureFlagEvent: false,
  });
  client.on('error', onFault);
  const flags = Object.keys(featureFlags);
  return {
    capture(event, who) {
      try {
        client.capture({ distinctId: who.userId ?? MACHINE, event: event.name, properties: { ...event.properties, environment: config.studioEnvironment, $process_person_profile: false }, disableGeoip: true });
      } catch (error) {
        onFault(error);
      }
    },
    async features(who) {
      // Asked before, the client would wait for the definitions.
      if (!client.isLocalEvaluationReady()) return usualFeatures;
      try {
        const personProperties = who.email === null ? {} : { email: who.email };
        return featuresOf(await client.getAllFlags(who.userId ?? MACHINE, { flagKeys: flags, personProperties, onlyEvaluateLocally: true, disableGeoip: true }));
      } catch (error) {
        onFault(error);
        return usualFeatures;
      }
    },
    // What could not be sent in time is told like any other fault.
    close: (closeMs) => client.shutdown(closeMs).catch(onFault),
  };
}
