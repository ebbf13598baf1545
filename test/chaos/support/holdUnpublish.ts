import { type UnpublishPhaseId, unpublishSiteProcess } from '#domain/processes.ts';
import { type Held, heldAt, heldByLock } from '#test/support/held.ts';
import type { SampleSite } from '#test/support/sampleCourse.ts';
import type { Studio } from '#test/support/studio.ts';

/** Every phase of an unpublish. */
export const unpublishPhases: readonly UnpublishPhaseId[] = unpublishSiteProcess.phases.map(({ id }) => id);

/** Makes a phase of a site's unpublish last until it is released, so that a kill meets it in the middle. */
export function holdUnpublish(studio: Studio, site: SampleSite, phase: UnpublishPhaseId): Promise<Held> {
  switch (phase) {
    case 'check':
      // Reads the course's metadata; nothing before it does.
      return heldByLock(studio, 'lock table content_items in access exclusive mode');
    case 'remove':
      return heldAt(studio, 's3Proxy', `^POST /${studio.stack.buckets.publish}`);
    case 'purge':
      return heldAt(studio, 'fastly', `^POST /service/[^/]+/purge/${site.name}$`);
    case 'unlist':
      return heldByLock(studio, `select id from sites where name = 'ocw-www' for no key update`);
    case 'record':
      // Takes back what mass publishes wait for; nothing before it does.
      return heldByLock(studio, 'lock table mass_publish_sites in access exclusive mode');
  }
}
