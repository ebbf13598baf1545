import { type PublishPhaseId, publishSiteProcess } from '#domain/processes.ts';
import { type Held, heldAt, SLOW } from '#test/support/held.ts';
import type { SampleSite } from '#test/support/sampleCourse.ts';
import type { PublishVersion, Studio } from '#test/support/studio.ts';

/** Every phase of a publish. */
export const publishPhases: readonly PublishPhaseId[] = publishSiteProcess.phases.map(({ id }) => id);
/** Phases of a publish that shows an earlier one: nothing is prepared, committed or built. */
export const rollbackPhases: readonly PublishPhaseId[] = publishPhases.filter((id) => id !== 'prepublish' && id !== 'commit' && id !== 'build');

export interface PublishToHold {
  readonly site: SampleSite;
  readonly version: PublishVersion;
  readonly phase: PublishPhaseId;
  /** How many pages are on their way at once when the deploy is held; it has to write as many. */
  readonly pages: number;
  /** The publish whose files are shown again, when that is what is asked for. */
  readonly from?: string;
}

/**
 * Makes a phase of a site's publish last until it is released, so that a kill meets it in the middle. The root site has to
 * stand in the version, with nothing else to publish, and not to list the site: else nobody waits for it in `prepublish`.
 */
export async function holdPublish(studio: Studio, { site, version, phase, pages, from }: PublishToHold): Promise<Held> {
  const { buckets } = studio.stack;
  const bucket = version === 'live' ? buckets.publish : buckets.preview;
  const manifests = `/${buckets.buildStore}/manifests/${site.id}/${version}`;
  const readers = version === 'live' ? 'liveSite' : 'draftSite';
  switch (phase) {
    case 'freeze':
      return heldAt(studio, 's3Proxy', from === undefined ? `^PUT /${buckets.buildStore}/snapshots/${site.id}/` : `^GET ${manifests}/${from}/deployed`);
    case 'prepublish':
      return heldAt(studio, 'github', '^POST /repos/[^/]+/ocw-www/merges');
    case 'commit':
      return heldAt(studio, 'github', `^POST /repos/[^/]+/${site.shortId}/merges`);
    case 'build':
      return heldAt(studio, 's3Proxy', `^PUT ${manifests}/.*/build`);
    case 'plan':
      return heldAt(studio, 's3Proxy', `^PUT ${manifests}/.*/plan`);
    case 'deploy':
      // Many objects are written already when the pages begin.
      return heldAt(studio, 's3Proxy', `^PUT /${bucket}/${site.urlPath}/.*\\.html`, pages);
    case 'purge':
      return heldAt(studio, 'fastly', `^POST /service/[^/]+/purge/${site.name}$`);
    case 'verify':
      return heldAt(studio, readers, `^GET /${site.urlPath}/`);
    case 'record': {
      // It reads the plan, as steps before it did: only once readers' address is looked at is the next read of it slow.
      const look = await heldAt(studio, readers, `^GET /${site.urlPath}/`, 1, { ...SLOW, delayMs: 3_000, times: 1 });
      let read: Held | undefined;
      return {
        async isHeld() {
          if (read === undefined && (await look.isHeld())) read = await heldAt(studio, 's3Proxy', `^GET ${manifests}/.*/plan`);
          return read !== undefined && read.isHeld();
        },
        async release() {
          await look.release();
          await read?.release();
        },
      };
    }
  }
}
