import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { choosePorts, isPortFree, PORTS } from '#local/stack/ports.mjs';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** Behind 8433, the default of Temporal. */
function firstThatIsNobodysDefault(): number {
  const defaults = new Set<number>(Object.values(PORTS).map(({ fallback }) => fallback));
  let port = 8433;
  while (defaults.has(port)) port += 1;
  return port;
}

const log: string[] = [];
const choose = (options: Partial<Parameters<typeof choosePorts>[0]>) =>
  choosePorts({ names: ['studio', 'temporal', 'temporalUi'], env: {}, remembered: {}, log: (line) => log.push(line), isFree: async () => true, ...options });

describe('ports', () => {
  it('are the defaults on a free machine', async () => {
    expect(await choose({})).toMatchObject({ studio: 8400, temporal: 8433, temporalUi: 8434 });
  });

  it('are the next free ones where a default is taken, leave other defaults alone, and are told', async () => {
    log.length = 0;
    const ports = await choose({ isFree: async (port) => port !== 8433 });
    const next = firstThatIsNobodysDefault();
    expect(ports.temporal).toBe(next);
    expect(ports.temporalUi).toBe(8434);
    expect(log).toEqual([`Port 8433 is taken, so temporal uses ${next} (set TEMPORAL_PORT to choose another).`]);
  });

  it('are refused by the name of their variable when set and taken, all at once', async () => {
    const env = { STUDIO_PORT: '9000', TEMPORAL_PORT: '9000', TEMPORAL_UI_PORT: 'x' };
    await expect(choose({ env })).rejects.toThrow(
      'Port 9000 (TEMPORAL_PORT) is taken by another program: set TEMPORAL_PORT to another port, or end that program.\nTEMPORAL_UI_PORT is x, which is no port',
    );
  });

  it('stay what they were in this home, unless the environment says otherwise', async () => {
    const remembered = { studio: 9100, temporal: 9101, temporalUi: 9102 };
    const ports = await choose({ remembered, env: { TEMPORAL_PORT: '9200' }, isFree: async (port) => port !== 9102 });
    expect(ports).toMatchObject({ studio: 9100, temporal: 9200, temporalUi: 8434 });
  });

  it('are any free ones for 0 and for stacks beside others', async () => {
    const ports = await choose({ env: { STUDIO_PORT: '0' }, ephemeral: true });
    expect(new Set([ports.studio, ports.temporal, ports.temporalUi]).size).toBe(3);
    for (const port of [ports.studio, ports.temporal, ports.temporalUi]) expect(port).toBeGreaterThanOrEqual(10_000);
  });

  it.each(['127.0.0.1', '0.0.0.0'])('are seen as taken by a real listener on %s', async (host) => {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    expect(await isPortFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    servers.length = 0;
    expect(await isPortFree(port)).toBe(true);
  });
});
