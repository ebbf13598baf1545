import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHostTurns } from '#activities/hostTurns.ts';
import { createLinksActivities } from '#activities/links.ts';
import { createRunsActivities } from '#activities/runs.ts';
import { createPublicWeb } from '#clients/publicWeb.ts';
import { createWayback } from '#clients/wayback.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { reportLinks } from '#db/queries/externalLinks.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { findSite } from '#db/queries/sites.ts';
import { checkLinksContract, linkCheckRequested } from '#temporal/contracts/checkLinks.ts';
import type { checkLinks } from '#workflows/checkLinks.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeSite } from '../factories/rows.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { hostileAddresses } from '../support/hostileAddresses.ts';
import { useDatabase } from '../support/postgres.ts';
import { runWorkers } from './support/runWorkers.ts';

const database = useDatabase();
/** The one public address of this test; every other one leads to the canary. */
const PUBLIC = '93.184.215.14';
let environment: TestWorkflowEnvironment;
let site: HttpServer;
let canary: Server;
let canaryHits = 0;
let answered = 0;
/** How often a name was asked for that is public the first time and inside the next. */
const resolved = new Map<string, number>();

beforeAll(async () => {
  environment = await createTimeSkipping();
  site = createHttpServer((request, response) => {
    answered += 1;
    const url = new URL(request.url ?? '/', 'http://good.example.edu');
    const location = url.searchParams.get('url');
    if (location !== null) response.writeHead(302, { location }).end();
    else response.writeHead(url.pathname === '/no-head' && request.method === 'HEAD' ? 405 : 200).end();
  });
  canary = createSocketServer((socket) => {
    canaryHits += 1;
    socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  for (const server of [site, canary]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  site.close();
  canary.close();
  await environment.teardown();
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

function resolve(name: string): Promise<readonly string[]> {
  if (name.startsWith('inside')) return Promise.resolve([PUBLIC, '10.0.0.7']);
  if (!name.startsWith('rebinds')) return Promise.resolve([PUBLIC]);
  const times = (resolved.get(name) ?? 0) + 1;
  resolved.set(name, times);
  return Promise.resolve([times === 1 ? PUBLIC : '127.0.0.1']);
}

async function addLinks(siteId: string, urls: readonly string[]): Promise<void> {
  await database.db.transaction(async (trx) => {
    for (const [index, url] of urls.entries()) {
      const item = makeContentItem({ textId: `link-${index}`, filename: `link-${index}`, dirpath: 'content/external-resources', type: 'external-resource', title: url, metadata: { external_url: url } });
      await createContentItem(trx, { siteId, item, by: null, reason: 'created' });
    }
  });
}

test('a check of a site full of hostile addresses asks for none of them, and changes nothing readers see', async () => {
  const { db } = database;
  const { id: siteId, name } = await makeSite(db);
  const asHeader = (url: string): boolean => /^[\x21-\x7e]+$/.test(url) && url.includes('://');
  const refused = hostileAddresses.map(([url]) => url).filter((url) => url !== '');
  const redirected = refused.filter(asHeader).map((url) => `http://good.example.edu/to?url=${encodeURIComponent(url)}`);
  const inside = ['http://inside.example.edu/', 'https://inside.example.edu/', 'http://good.example.edu/to?url=http://inside.example.edu/'];
  // Public when it is judged for the first request, and inside for every later one of the same check.
  const rebinding = ['/', '/no-head', '/to?url=/no-head', '/to?url=http://rebinds-3.example.edu/'].map((path, index) => `http://rebinds-${index}.example.edu${path}`);
  await addLinks(siteId, [...refused, ...redirected, ...inside, ...rebinding, 'http://good.example.edu/']);
  const before = await findSite(db, siteId);

  const [config, log] = [makeConfig(), pino({ level: 'silent' })];
  const publicWeb = createPublicWeb(config, { resolve, reach: ({ address, port }) => ({ address: '127.0.0.1', port: portOf(address === PUBLIC && port === 80 ? site : canary) }) });
  const activities = {
    ...createLinksActivities({ config, db, publicWeb, wayback: createWayback(config), temporal: environment.client, hostTurns: createHostTurns(db, 0) }),
    ...createRunsActivities({ db, config, log, temporal: environment.client }),
    followExecution: () => Promise.reject(new Error('So few links need one execution')),
  };
  await runWorkers(
    environment,
    activities,
    async (taskQueue) => {
      for (const pass of [1, 2]) {
        const request = await insertRunRequest(db, { process: checkLinksContract.process, siteId, requestedBy: null });
        const handle = await environment.client.workflow.signalWithStart<typeof checkLinks, [{ requestId: string }]>(checkLinksContract.workflowType, { workflowId: checkLinksContract.workflowId(name), taskQueue, args: [{ siteId }], signal: linkCheckRequested, signalArgs: [{ requestId: request.id }] });
        await expect(handle.result(), `pass ${pass}`).resolves.toEqual({ passes: 1 });
      }
    },
    { intercepted: { db, log } },
  );

  expect(canaryHits).toBe(0);
  const { links, counts } = await reportLinks(db, siteId, {}, { limit: 2_000, offset: 0 });
  const of = (url: string) => links.find((link) => link.url === url.trim());
  const why = new Map(hostileAddresses);
  for (const url of refused) expect(of(url), url).toMatchObject({ status: null, trouble: why.get(url), failures: 0 });
  for (const url of [...redirected, ...inside]) expect(of(url), url).toMatchObject({ status: null, trouble: expect.any(String) as string });
  // The second pass met the inside address, which says nothing of what the first one found.
  for (const url of rebinding) expect(of(url), url).toMatchObject({ trouble: 'notPublic' });
  expect([...resolved.keys()].sort()).toEqual(['rebinds-0.example.edu', 'rebinds-1.example.edu', 'rebinds-2.example.edu', 'rebinds-3.example.edu']);
  expect(of('http://good.example.edu/')).toMatchObject({ status: 'valid', trouble: null });
  expect(counts).toMatchObject({ broken: 0 });
  expect(answered).toBeGreaterThan(redirected.length);
  expect(await findSite(db, siteId)).toMatchObject({ contentRevision: before?.contentRevision });
});
