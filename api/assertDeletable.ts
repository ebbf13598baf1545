import { ApiError } from './apiError.ts';
import type { Principal } from './auth/principal.ts';
import type { ApiDeps } from './deps.ts';

/** @throws {ApiError} `forbidden` where deleting content is switched off for who asks. */
export async function assertDeletable({ analytics }: Pick<ApiDeps, 'analytics'>, who: Principal): Promise<void> {
  if ((await analytics.features(who)).OCW_STUDIO_CONTENT_DELETABLE) return;
  throw new ApiError('forbidden', 'Deleting content is switched off for you in this studio. Ask one of its admins.');
}
