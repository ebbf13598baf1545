import { accessibilityContracts } from './accessibility.ts';
import { accountContracts } from './accounts.ts';
import { apiTokenContracts } from './apiTokens.ts';
import { auditContracts } from './audit.ts';
import { adminSiteContracts } from './adminSites.ts';
import { builderContracts } from './builders.ts';
import { captionContracts } from './captions.ts';
import { cleanupContracts } from './cleanups.ts';
import { deletionContracts } from './deletions.ts';
import { draftContracts } from './drafts.ts';
import { driveContracts } from './drive.ts';
import { engineScheduleContracts } from './engineSchedules.ts';
import { eventContracts } from './events.ts';
import { importContracts } from './imports.ts';
import { importSyncContracts } from './importSyncs.ts';
import { itemContracts } from './items.ts';
import { kindContracts } from './kinds.ts';
import { linkContracts } from './links.ts';
import { mailContracts } from './mails.ts';
import { massPublishContracts } from './massPublishes.ts';
import { moveContracts } from './moves.ts';
import { offlineContracts } from './offline.ts';
import { peopleContracts } from './people.ts';
import { pickerContracts } from './pickers.ts';
import { publishContracts } from './publishes.ts';
import { pullContracts } from './pulls.ts';
import { repositoryContracts } from './repositories.ts';
import { rollbackContracts } from './rollbacks.ts';
import { reviewContracts } from './reviews.ts';
import { runContracts } from './runs.ts';
import { signInContracts } from './signIn.ts';
import { sessionContracts } from './sessions.ts';
import { sitePeopleContracts } from './sitePeople.ts';
import { sitePreviewContracts } from './sitePreviews.ts';
import { siteContracts } from './sites.ts';
import { siteUrlContracts } from './siteUrls.ts';
import { starterContracts } from './starters.ts';
import { systemContracts } from './system.ts';
import { telemetryContracts } from './telemetry.ts';
import { themeBuildContracts } from './themeBuilds.ts';
import { unpublishContracts } from './unpublishes.ts';
import { unpublishedContracts } from './unpublished.ts';
import { uploadContracts } from './uploads.ts';
import { validationContracts } from './validation.ts';
import { videoContracts } from './videos.ts';
import { youtubeContracts } from './youtube.ts';

/** Every route of the studio's own API, keyed by `METHOD /path`. */
export const contracts = {
  ...siteContracts,
  ...siteUrlContracts,
  ...moveContracts,
  ...publishContracts,
  ...unpublishContracts,
  ...unpublishedContracts,
  ...accessibilityContracts,
  ...offlineContracts,
  ...driveContracts,
  ...captionContracts,
  ...videoContracts,
  ...pullContracts,
  ...repositoryContracts,
  ...rollbackContracts,
  ...reviewContracts,
  ...runContracts,
  ...itemContracts,
  ...pickerContracts,
  ...kindContracts,
  ...sitePreviewContracts,
  ...draftContracts,
  ...deletionContracts,
  ...importContracts,
  ...starterContracts,
  ...themeBuildContracts,
  ...peopleContracts,
  ...accountContracts,
  ...sessionContracts,
  ...apiTokenContracts,
  ...sitePeopleContracts,
  ...eventContracts,
  ...systemContracts,
  ...telemetryContracts,
  ...cleanupContracts,
  ...massPublishContracts,
  ...importSyncContracts,
  ...linkContracts,
  ...validationContracts,
  ...builderContracts,
  ...adminSiteContracts,
  ...youtubeContracts,
  ...signInContracts,
  ...mailContracts,
  ...uploadContracts,
  ...auditContracts,
  ...engineScheduleContracts,
};

export type Contracts = typeof contracts;
export type RouteKey = keyof Contracts;
