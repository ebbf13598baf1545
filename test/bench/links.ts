import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import { createHostTurns } from '#activities/hostTurns.ts';
import { createLinksActivities } from '#activities/links.ts';
import { createPublicWeb } from '#clients/publicWeb.ts';
import { createWayback } from '#clients/wayback.ts';
import { createDb } from '#db/knex.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { runActivity } from '#test/activities/support/runActivity.ts';
import { makeConfig } from '#test/factories/config.ts';
import type { Bench } from './bench.ts';
import { ROUNDS } from './goals.ts';
import type { Round } from './measured.ts';
import { seconds } from './seconds.ts';

const LINKS = 5_000;
const HOSTS = 200;
/** Between two requests to one host, as workers keep it. */
const EVERY_MS = 1_000;
/** What every host resolves to; the sockets lead to a server of this machine. */
const PUBLIC = '93.184.215.14';
const STARTER = 'ocw-course-v2';

/** Links of one site, asked for by the activities of a link check, beside the least time in which it could be done politely. */
export const linksBench: Bench = {
  measures: ['links'],

  async run({ studio, log }) {
    const db = createDb(studio.stack.databaseUrl, { poolMax: 10, applicationName: 'bench' });
    const asked = new Map<string, number[]>();
    const server = createServer((request, response) => {
      const host = request.headers.host ?? '';
      asked.set(host, [...(asked.get(host) ?? []), performance.now()]);
      response.writeHead(200).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const config = makeConfig();
    const activities = createLinksActivities({
      config,
      db,
      wayback: createWayback(config),
      // Nothing is archived, so nobody is told.
      temporal: {} as unknown as Client,
      publicWeb: createPublicWeb(config, { resolve: () => Promise.resolve([PUBLIC]), reach: () => ({ address: '127.0.0.1', port }) }),
      hostTurns: createHostTurns(db, EVERY_MS),
    });
    try {
      const rounds: Round[] = [];
      let closestMs = Infinity;
      for (let round = 0; round < ROUNDS; round += 1) {
        const { rows } = await db.raw<{ rows: [{ site_id: string }] }>(
          `with made as (insert into sites (id, name, short_id, title, starter_id) values (gen_random_uuid(), :name, :name, :name, (select id from starters where slug = :starter)) returning id)
           insert into content_items (id, site_id, text_id, type, title, dirpath, filename, is_page_content, metadata, markdown)
           select gen_random_uuid(), made.id, gen_random_uuid(), 'external-resource', 'Link ' || n, 'content/external-resources', 'link-' || n, true,
             jsonb_build_object('external_url', 'http://host-' || n % :hosts || '.example.org/' || n), ''
           from made cross join generate_series(1, :links) n returning site_id`,
          { name: `bench-links-${round}`, starter: STARTER, hosts: HOSTS, links: LINKS },
        );
        const siteId = rows[0].site_id;
        await insertRunRequest(db, { process: 'check-links', siteId, requestedBy: null });
        const { runId } = await activities.openLinkCheck({ siteId, workflowId: `bench-links-${round}`, workflowRunId: siteId, pass: 1 });
        if (runId === null) throw new Error('No link check was opened');
        await runActivity((input: Parameters<typeof activities.collectLinks>[0]) => activities.collectLinks(input), { runId, phase: 'collect', siteId });
        asked.clear();
        let valid = 0;
        const ours = await seconds(async () => {
          for (let left = LINKS; left > 0; ) {
            const checked = await runActivity((input: Parameters<typeof activities.checkLinkBatch>[0]) => activities.checkLinkBatch(input), { runId, phase: 'check', siteId });
            left = checked.left;
            valid = checked.counts['valid'] ?? 0;
          }
        });
        const times = [...asked.values()];
        if (valid !== LINKS || times.length !== HOSTS || times.flat().length !== LINKS) throw new Error(`${valid} links are valid; ${times.length} hosts were asked ${times.flat().length} times`);
        for (const ofHost of times) for (const [index, at] of ofHost.entries()) if (index > 0) closestMs = Math.min(closestMs, at - (ofHost[index - 1] ?? 0));
        rounds.push({ ours, theirs: ((LINKS / HOSTS - 1) * EVERY_MS) / 1_000 });
        log(`  ${LINKS} links over ${HOSTS} hosts: ${ours.toFixed(2)} s`);
      }
      return [{ name: 'links', rounds, note: `no host was asked twice within ${Math.floor(closestMs)} ms` }];
    } finally {
      await new Promise<void>((resolve) => void server.close(() => resolve()));
      await db.destroy();
    }
  },
};
