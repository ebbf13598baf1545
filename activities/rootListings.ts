import type { Db } from '#db/knex.ts';
import { insertAuditEntry } from '#db/queries/auditEntries.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { isWhollyOut, putListing, recordGivenListing, removeListing } from '#db/queries/rootListings.ts';
import { markDelivered, type RunRequestRow } from '#db/queries/runRequests.ts';
import { amendRun, findPass, findRun, openRun, recordPhase } from '#db/queries/runs.ts';
import { findDeployment } from '#db/queries/deployments.ts';
import { findSite, findSiteByName, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { processActor } from '#domain/audit.ts';
import { type ProcessDefinition, unpublishSiteProcess, updateRootListingProcess } from '#domain/processes.ts';
import { rootListing, unlistedBecause } from '#domain/rootListing.ts';
import type { PublishVersion } from '#domain/runs.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { type UpdateRootListingInput, updateRootListingContract } from '#temporal/contracts/updateRootListing.ts';
import type { ActivityDeps } from './deps.ts';
import { isRootSite, isTestSite } from './places.ts';
import { StepError } from './stepError.ts';
import { tellPublish } from './tellPublish.ts';
import { tellRepository } from './tellRepository.ts';

export type WrittenListing =
  /** There is nothing to do, for the reason `summary` gives. */
  | { readonly kind: 'unchanged' | 'skipped'; readonly summary: string }
  /** It is saved and the branches lack it. */
  | { readonly kind: 'owed'; readonly runId: string; readonly root: RootSite; readonly revision: number; readonly summary: string };

export interface RootSite {
  readonly siteId: string;
  readonly siteName: string;
}

export interface GiveListingInput {
  readonly root: RootSite;
  readonly version: PublishVersion;
  /** Of the root site, as it was frozen. */
  readonly revision: number;
}

export interface UnlistedSite {
  readonly wasListed: boolean;
  readonly summary: string;
  /** Sentences for people: where the root site goes on listing it until it is published. */
  readonly warnings: readonly string[];
}

/** What the root site lists of other sites. */
export function createRootListingsActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'temporal'>) {
  const { config, db } = deps;

  return {
    /**
     * Brings what the root site lists of a site up to date, and opens a run when its repository has to be told. A course that hides its
     * download is taken off: the lists lead to what is read offline, and there is none of it.
     * Idempotent because the entry is compared first, and a pass is found again by workflow id, run id and number.
     * Kill points: before the transaction (nothing happened), after it (the run is found, the entry is up to date or gone).
     */
    async writeRootListing(input: UpdateRootListingInput & { workflowId: string; workflowRunId: string }): Promise<WrittenListing> {
      const hidden = await unlistHidden(input);
      if (hidden !== null) return { kind: 'skipped', summary: hidden };
      return db.transaction(async (trx) => {
        const site = await siteOf(trx, input.siteId);
        const root = await findSiteByName(trx, config.rootWebsiteName);
        const rootConfig = await configOf(trx, root);
        const metadata = await findContentItem(trx, site.id, 'sitemetadata');
        const siteMetadata = metadata?.deletedAt === null ? metadata.metadata : null;
        const fault = unlistedBecause({ isRoot: isRootSite(config, site.name), isTest: isTestSite(config, site.name), hasMetadata: siteMetadata !== null, hasRoot: root !== undefined, rootHasStarter: rootConfig !== null });
        if (fault !== undefined || root === undefined || rootConfig === null || siteMetadata === null) return { kind: 'skipped', summary: fault ?? '' };
        const wasLive = (await findDeployment(trx, { siteId: site.id, version: 'live', theme: '' }))?.firstDeployedAt != null;
        const isDraft = input.version !== 'live' && (site.unpublishStatus !== null || !wasLive);
        const item = rootListing(rootConfig, { site, siteMetadata, isDraft });
        const changed = await putListing(trx, { rootId: root.id, site, version: input.version, item });
        if (changed === null) return { kind: 'skipped', summary: `‘${root.title}’ has something else at ‘${item.dirpath}/${item.filename}.md’, so the site is not listed there.` };
        const known = await findPass(trx, input.workflowId, input.workflowRunId, 1);
        const at = { siteId: root.id, siteName: root.name };
        const summary = `‘${site.title}’ is listed in ‘${root.title}’${isDraft ? ' as a draft' : ''}`;
        if (known === undefined && !changed.isOwed) return { kind: 'unchanged', summary: `${summary}, as before` };
        const runId = known?.id ?? (await openRun(trx, { process: updateRootListingContract.process, siteId: site.id, version: input.version, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: 1, frozen: { rootId: root.id, itemId: changed.item.id, itemRevision: changed.item.revision } })).runId;
        if (known === undefined) await recordPhase(trx, { runId, phase: 'list', state: 'done', summary });
        return { kind: 'owed', runId, root: at, revision: changed.item.revision, summary };
      });
    },

    /**
     * Says whether everything else of the root site is out in this version, so that its branches may be merged.
     * Idempotent because it only reads.
     * Kill points: before the read, after it; either way it is read again.
     */
    async checkRootIsOut(input: GiveListingInput): Promise<{ isOut: boolean }> {
      return { isOut: await isWhollyOut(db, input.root.siteId, input.version, input.revision) };
    },

    /**
     * Notes that the branches of a version have an entry of this revision.
     * Idempotent because a later revision stays.
     * Kill points: before the row, after it; either way the next try ends in the same state.
     */
    async recordListingGiven(input: { siteId: string; version: PublishVersion; revision: number }): Promise<void> {
      await recordGivenListing(db, input);
    },

    /**
     * Hints that the root site was saved: it is committed to main soon, and merged with its next publish.
     * Idempotent because a signal is a hint, and a commit of what main holds is none.
     * Kill points: before the signal, after it; it is sent again.
     */
    async hintRootSaved(input: RootSite): Promise<void> {
      await tellRepository(deps, input);
    },

    /**
     * Takes a site off the lists of the root site, and has the root site published where nothing else waits to be: readers shall meet no link that
     * leads nowhere. With a run, what came of it is noted there.
     * Idempotent because an entry that is gone is not removed again, and the requests are written in the same transaction.
     * Kill points: before the transaction (nothing happened), after it (the note is found; requests nobody was told of are delivered by the relay).
     */
    async unlistFromRoot(input: { siteId: string; runId?: string; phase?: string; by: string | null }): Promise<UnlistedSite & { counts: Record<string, number> }> {
      const site = await siteOf(db, input.siteId);
      const root = await findSiteByName(db, config.rootWebsiteName);
      if (root === undefined) return { wasListed: false, warnings: [], summary: 'There is no root site', counts: {} };
      const done = await db.transaction(async (trx) => {
        const known = input.runId === undefined ? undefined : (await findRun(trx, input.runId))?.frozen['unlisted'];
        if (known !== undefined) return { unlisted: known as UnlistedSite, asked: [] };
        const { wasListed, asked, heldBack } = await removeListing(trx, { rootId: root.id, site, by: input.by });
        if (wasListed) await auditUnlisted(trx, unpublishSiteProcess, site, asked);
        const unlisted: UnlistedSite = { wasListed, summary: unlistedSummary(root, wasListed, asked.length), warnings: heldBack.map((version) => heldBackSentence(root, version)) };
        if (input.runId !== undefined) await amendRun(trx, input.runId, { frozen: { unlisted } });
        return { unlisted, asked };
      });
      await tellRoot(root, { wasListed: done.unlisted.wasListed, asked: done.asked }, 'the unpublish of a site it listed');
      return { ...done.unlisted, counts: {} };
    },
  };

  async function siteOf(from: Db, siteId: string): Promise<SiteRow> {
    const site = await findSite(from, siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    return site;
  }

  async function configOf(from: Db, site: SiteRow | undefined): Promise<SiteConfig | null> {
    const starter = site?.starterId == null ? undefined : await findStarter(from, site.starterId);
    return (starter?.config as SiteConfig | null | undefined) ?? null;
  }

  /** Takes a course off the lists that hides its download. @returns what is so now, as a sentence; null where it hides none. */
  async function unlistHidden(input: UpdateRootListingInput): Promise<string | null> {
    const site = await siteOf(db, input.siteId);
    const root = await findSiteByName(db, config.rootWebsiteName);
    const metadata = await findContentItem(db, site.id, 'sitemetadata');
    const isHidden = metadata?.deletedAt === null && metadata.metadata['hide_download'] === true;
    if (!isHidden || root === undefined || isRootSite(config, site.name) || isTestSite(config, site.name)) return null;
    const wasLive = (await findDeployment(db, { siteId: site.id, version: 'live', theme: '' }))?.firstDeployedAt != null;
    // Readers can still download what is live.
    if (input.version !== 'live' && wasLive && site.unpublishStatus === null) return `‘${site.title}’ hides its download: its next live publish takes it off the lists of ‘${root.title}’`;
    const removed = await db.transaction(async (trx) => {
      const done = await removeListing(trx, { rootId: root.id, site, by: null });
      if (done.wasListed) await auditUnlisted(trx, updateRootListingProcess, site, done.asked);
      return done;
    });
    await tellRoot(root, removed, 'a course it listed that hides its download');
    return `‘${site.title}’ hides its download, so ‘${root.title}’ does not list it`;
  }

  /** Lets the root site go out without an entry that was removed, or else be committed soon. */
  async function tellRoot(root: SiteRow, removed: { readonly wasListed: boolean; readonly asked: readonly RunRequestRow[] }, askedBy: string): Promise<void> {
    for (const request of removed.asked) {
      if (request.version === null) continue;
      await tellPublish(deps, { siteId: root.id, siteName: root.name, version: request.version, requestId: request.id, askedBy });
      await markDelivered(db, request.id);
    }
    if (removed.wasListed && removed.asked.length === 0) await tellRepository(deps, { siteId: root.id, siteName: root.name });
  }
}

function unlistedSummary(root: SiteRow, wasListed: boolean, asked: number): string {
  if (!wasListed) return `‘${root.title}’ did not list it`;
  return `Off the lists of ‘${root.title}’${asked === 0 ? '' : ', which is being published'}`;
}

function heldBackSentence(root: SiteRow, version: PublishVersion): string {
  return `‘${root.title}’ (${version}) lists the site until it is published: it has other changes that are not out. Publish it when they may be seen.`;
}

/** Tells the audit log that a process took a site off the lists of the root site. */
async function auditUnlisted(trx: Db, process: ProcessDefinition, site: Pick<SiteRow, 'name'>, asked: readonly RunRequestRow[]): Promise<void> {
  await insertAuditEntry(trx, { action: 'listing-remove', actor: processActor(process), target: { site: site.name }, detail: { publishesAsked: asked.map(({ version }) => version) }, outcome: 'done' });
}
