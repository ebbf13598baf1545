import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { removeHome } from '#local/stack/postgres.mjs';
import { PART_NAMES, startStack } from '#local/stack/startStack.mjs';

type Running = Awaited<ReturnType<typeof startStack>>;

export interface TemporalUnderTest {
  /** Variables that point the API at it. */
  readonly env: Readonly<Record<string, string>>;
  start(): Promise<void>;
  /** Ends it without a word, as a crash would. */
  kill(): Promise<void>;
}

/** Starts a Temporal server of its own for the tests of a file; its address stays when it is killed and started again. Call it before `useApi`. */
export function useTemporal(): TemporalUnderTest {
  let home: string | undefined;
  let running: Running | undefined;
  const opened = (): Running => {
    if (running === undefined) throw new Error('Temporal is there from beforeAll on; use it inside a test or a hook');
    return running;
  };
  beforeAll(async () => {
    const temporalCli = process.env['TEMPORAL_CLI'];
    if (temporalCli === undefined || temporalCli === '') throw new Error('TEMPORAL_CLI must name the Temporal CLI; `npm test -- test/api` fetches it and sets the variable.');
    home = mkdtempSync(join(tmpdir(), 'ocw-api-temporal-'));
    const env = { ...process.env };
    delete env['TEMPORAL_ADDRESS'];
    const parts = Object.fromEntries(PART_NAMES.map((part) => [part, part === 'temporal']));
    running = await startStack({ home, env, parts, ephemeralPorts: true, tools: { hugoBin: '', temporalCli, temporalTestServer: '', versitygwBin: '' } });
  });
  afterAll(async () => {
    await running?.stop();
    if (home !== undefined) removeHome(home);
  });
  return {
    get env() {
      const { stack } = opened();
      return { TEMPORAL_ADDRESS: stack.temporalAddress, TEMPORAL_NAMESPACE: stack.temporalNamespace, TEMPORAL_UI_URL: stack.temporalUiUrl ?? '' };
    },
    start: () => opened().startPart('temporal'),
    kill: () => opened().kill('temporal'),
  };
}
