import { createHash } from 'node:crypto';
import { YouTubeError } from '#clients/youtubeError.ts';
import { listRevisionsAt, type RevisionRow } from '#db/queries/contentRevisions.ts';
import { findDeployment } from '#db/queries/deployments.ts';
import { findRun } from '#db/queries/runs.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { findVideo, listVideosOfSite, noteVideoFacts, noteVideoSent, type VideoRow } from '#db/queries/videos.ts';
import { counted } from '#domain/counted.ts';
import type { Problem, PublishVersion } from '#domain/runs.ts';
import { YOUTUBE_COSTS } from '#domain/youtubeQuota.ts';
import { isDraftResource, videoResourceOf, youtubeIdOf } from '#domain/youtubeResource.ts';
import { isLockedPrivate, publishedSnippet, wantedPrivacy, type YouTubePrivacy } from '#domain/youtubeVideo.ts';
import { updateYouTubeContract } from '#temporal/contracts/updateYouTube.ts';
import { startUpdateYouTube } from '#temporal/startUpdateYouTube.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { courseSlugOf } from './courseSlugOf.ts';
import type { ActivityDeps } from './deps.ts';
import { onYoutube, stopUploads } from './onYoutube.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { captionChanges, putCaptions } from './putCaptions.ts';
import type { OpenPassInput } from './runs.ts';
import { StepError } from './stepError.ts';
import { openVersionPass, requestOfPublish } from './versionPasses.ts';

/** A look and a change. */
const UNITS = YOUTUBE_COSTS.listVideos.units + YOUTUBE_COSTS.updateVideo.units;
/** What concerns one video, and leaves the others to be told. */
const OF_ONE_VIDEO: ReadonlySet<string> = new Set(['missing', 'forbidden', 'refused', 'exists']);
const LOCKED = 'YouTube keeps videos private, as it does with projects it has not audited. No further video is uploaded until somebody says that this is mended.';

interface SiteVersion {
  readonly siteId: string;
  readonly version: PublishVersion;
}

/** What a video is to show, and what of it YouTube was not sent yet. */
interface Wish {
  readonly video: VideoRow;
  readonly title: string;
  readonly published: RevisionRow;
  /** Null when it shows it already. */
  readonly snippetSum: string | null;
  readonly privacy: YouTubePrivacy | null;
  readonly captions: number;
}

/** What a site's videos show on YouTube. */
export function createYoutubeUpdatesActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 's3' | 'temporal' | 'youtube'>) {
  const { config, db, temporal, youtube } = deps;

  return {
    /**
     * Asks for YouTube to be told of a publish, when anything differs from what it was sent last.
     * Idempotent because a publish has one request, whoever asks again.
     * Kill points: before the row, after it before the signal (asked again with the same row), after the signal.
     */
    async requestYoutubeUpdate(input: SiteVersion & { readonly siteName: string; readonly ofRunId: string }): Promise<void> {
      if (!youtube.isConfigured) return;
      const { siteId, siteName, version, ofRunId } = input;
      if ((await wishesOf(input)).length === 0) return;
      await requestOfPublish(db, updateYouTubeContract.process, { siteId, version, ofRunId }, async (requestId) => {
        try {
          await temporal.workflow.signalWithStart(updateYouTubeContract.workflowType, startUpdateYouTube({ siteId, siteName, version, requestId }, config.temporalTaskQueuePrefix));
        } catch {
          throw new StepError('EngineUnavailable', 'The workflow that tells YouTube of videos cannot be reached.');
        }
      });
    },

    /**
     * Opens the next pass with every request that waits, or says that none does.
     * Idempotent because a pass is found again by workflow id, run id and number, and requests it took stay its own.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openYoutubeUpdate(input: OpenPassInput): Promise<{ runId: string | null }> {
      return openVersionPass(db, updateYouTubeContract.process, input);
    },

    /**
     * Tells YouTube of the videos of a site as they were published; what it was sent already costs nothing.
     * Idempotent because what was sent is noted call by call, and the same thing sent again is the same thing.
     * Kill points: before a call, after it before its sum is noted (sent again), between two videos.
     */
    async updateYoutubeVideos(input: PhaseInput & SiteVersion): Promise<PhaseResult & { readonly problems: readonly Problem[] }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await findSite(db, input.siteId);
      if (site === undefined) throw new StepError('SiteMissing', 'The site is not there any more.');
      const counts = { snippets: 0, privacies: 0, captions: 0 };
      const problems: Problem[] = [];
      for (const wish of await wishesOf(input)) {
        abortSignal.throwIfAborted();
        try {
          await fulfil(site, wish, counts, abortSignal);
        } catch (error) {
          if (!(error instanceof YouTubeError && OF_ONE_VIDEO.has(error.kind))) throw error;
          problems.push({ message: `YouTube did not take what ‘${wish.title}’ is to show (${wish.video.youtubeId ?? ''}): ${error.message}` });
        }
      }
      const told = counts.snippets + counts.privacies + counts.captions;
      const summary = told === 0 ? 'YouTube shows everything already' : `${counted(counts.snippets, 'title and description', 'titles and descriptions')}, ${counted(counts.captions, 'caption track')}, who may see ${counted(counts.privacies, 'video')}`;
      return { summary: problems.length === 0 ? summary : `${summary}; ${counted(problems.length, 'video')} with a problem`, counts: { ...counts, problems: problems.length }, problems };
    },

    /**
     * Sends the captions of a video to YouTube, all languages, from whomever they come; what it has already is not sent, and what we sent of languages
     * that are gone from the site is removed.
     * Idempotent because a track of a language is found before one is made, and what was sent is noted.
     * Kill points: before a call, after it before its sum is noted (sent again into the same track), between two languages.
     */
    async sendCaptions(input: { readonly videoId: string }): Promise<{ readonly sent: number }> {
      const { abortSignal } = activityContext();
      const video = await findVideo(db, input.videoId);
      // What was on YouTube before is not ours to change.
      if (video?.source !== 'drive' || video.youtubeId === null) return { sent: 0 };
      const { unsent, gone } = (await captionChanges(db, [video]))(video);
      if (unsent.length + gone.length === 0) return { sent: 0 };
      await assertOutwardEffects(deps);
      return { sent: await putCaptions(deps, video, { calls: onYoutube(deps, video.id), priority: 'upload', abortSignal }) };
    },
  };

  async function fulfil(site: SiteRow, wish: Wish, counts: { snippets: number; privacies: number; captions: number }, abortSignal: AbortSignal): Promise<void> {
    const { video, published, snippetSum, privacy } = wish;
    const { youtubeId } = video;
    if (youtubeId === null) return;
    const calls = onYoutube(deps, null);
    if (snippetSum !== null) {
      const { isChanged } = await calls.within({ bucket: 'units', amount: UNITS, priority: 'publish' }, () => youtube.updateSnippet(youtubeId, (shown) => publishedSnippet(videoResourceOf(published), courseOf(site), shown), abortSignal));
      await noteVideoSent(db, video.id, { snippet: snippetSum });
      if (isChanged) counts.snippets += 1;
    }
    counts.captions += await putCaptions(deps, video, { calls, priority: 'publish', abortSignal });
    // Last: what readers find then is already what it is to be.
    if (privacy === null) return;
    const told = await calls.within({ bucket: 'units', amount: UNITS, priority: 'publish' }, () => youtube.setPrivacy(youtubeId, privacy, abortSignal));
    await noteVideoFacts(db, video.id, { youtubePrivacy: told });
    if (isLockedPrivate(privacy, told)) {
      await stopUploads(deps, { code: 'YoutubeLockedPrivate', message: LOCKED });
      throw new YouTubeError('forbidden', LOCKED);
    }
    await noteVideoSent(db, video.id, { privacy });
    counts.privacies += 1;
  }

  /** The videos of a site of which YouTube was not sent what was published. It is asked nothing for that. */
  async function wishesOf({ siteId, version }: SiteVersion): Promise<Wish[]> {
    const site = await findSite(db, siteId);
    const deployed = { draft: await frozenAt(siteId, 'draft'), live: await frozenAt(siteId, 'live') };
    const at = deployed[version];
    if (site === undefined || at === null) return [];
    const isLiveDeployed = deployed.live !== null;
    const wishes: Wish[] = [];
    const videos = (await listVideosOfSite(db, siteId)).filter(({ source, youtubeStatus }) => source === 'drive' && youtubeStatus === 'processed');
    const revisions = await listRevisionsAt(db, videos.flatMap(({ itemId }) => itemId ?? []), at);
    const captionsOf = await captionChanges(db, videos);
    for (const video of videos) {
      if (video.youtubeId === null || video.itemId === null) continue;
      const published = revisions.get(video.itemId);
      // A video of bytes that were replaced is on no page any more, or on none yet: nobody is to find it, and its words are another’s.
      if (published === undefined || published.isDeleted || youtubeIdOf(published.metadata) !== video.youtubeId) continue;
      const privacy = wantedPrivacy({ version, isResourceDraft: isDraftResource(published.metadata), isLiveDeployed });
      // A draft of a site that readers have is not what they are to read on YouTube.
      const isShown = version === 'live' || !isLiveDeployed;
      const snippetSum = sumOf(publishedSnippet(videoResourceOf(published), courseOf(site), { defaultLanguage: null, defaultAudioLanguage: null }));
      const { unsent, gone } = captionsOf(video);
      const captions = unsent.length + gone.length;
      const wish: Wish = {
        video,
        title: published.title ?? video.youtubeId,
        published,
        snippetSum: isShown && video.sent['snippet'] !== snippetSum ? snippetSum : null,
        privacy: privacy === null || (video.sent['privacy'] === privacy && video.youtubePrivacy === privacy) ? null : privacy,
        captions,
      };
      if (wish.snippetSum !== null || wish.privacy !== null || captions > 0) wishes.push(wish);
    }
    return wishes;
  }

  /** When what is out of a site was frozen: its items are as they were then. Null when nothing is out. */
  async function frozenAt(siteId: string, version: PublishVersion): Promise<Date | null> {
    const deployment = await findDeployment(db, { siteId, version, theme: '' });
    if (deployment?.manifestKey == null || deployment.runId === null) return null;
    const run = await findRun(db, deployment.runId);
    const from = run?.frozen['from'];
    const source = typeof from === 'object' && from !== null && 'runId' in from && typeof from.runId === 'string' ? await findRun(db, from.runId) : run;
    return (source ?? run)?.startedAt ?? deployment.deployedAt;
  }

  function courseOf(site: SiteRow): { readonly slug: string; readonly categoryId: string } {
    return { slug: courseSlugOf(site), categoryId: config.ytCategoryId };
  }
}

function sumOf(value: unknown): string {
  return createHash('md5').update(JSON.stringify(value)).digest('hex');
}
