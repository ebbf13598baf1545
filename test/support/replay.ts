import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { dataConverter } from '#temporal/converter.ts';
import { bundleWorkflows } from '#worker/bundle.ts';

const folder = fileURLToPath(new URL('../histories', import.meta.url));

export interface StoredHistory {
  readonly workflow: string;
  /** File name without `.json`: `done`, `failed`, `cancelled`, `looped`, or one of these with more after a dash. */
  readonly ending: string;
  readonly file: string;
}

/** Every stored history, by workflow and ending. */
export function storedHistories(): StoredHistory[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: workflow }) =>
      readdirSync(join(folder, workflow))
        .filter((file) => file.endsWith('.json'))
        .sort()
        .map((file) => ({ workflow, ending: file.replace(/\.json$/, ''), file: join(folder, workflow, file) })),
    );
}

let bundle: Promise<{ code: string }> | undefined;

/** The workflow code, bundled once per test file; hand it to the workers of the file too. */
export function workflowBundle(): Promise<{ code: string }> {
  bundle ??= bundleWorkflows();
  return bundle;
}

/**
 * Runs today's workflow code over a history, from its JSON form.
 * @throws {DeterminismViolationError} when today's code would have done something else.
 */
export async function replay(history: unknown, name: string, workflowId?: string): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle(), dataConverter, replayName: name }, history, workflowId);
}

/** Reads and replays a stored history. */
export async function replayStored(stored: StoredHistory): Promise<void> {
  await replay(JSON.parse(readFileSync(stored.file, 'utf8')), `${stored.workflow}/${stored.ending}`);
}

/** What tells the machine that recorded it: who polled, and where its files lie. Nothing replays by either. */
const ofMachine: Readonly<Record<string, string>> = { identity: 'studio', stackTrace: '' };

function withoutMachine(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMachine);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ofMachine[key] ?? withoutMachine(inner)]));
}

/**
 * Replays what a test just ran, and with RECORD_HISTORIES=1 keeps it under test/histories when no history of that ending
 * is stored yet. A stored one is never replaced.
 * @throws {DeterminismViolationError} when the run cannot be replayed.
 */
export async function replayRun(handle: Pick<WorkflowHandle, 'fetchHistory' | 'workflowId'>, workflow: string, ending?: string): Promise<void> {
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  await replay(history, `${workflow}/${ending ?? 'run'}`, handle.workflowId);
  if (process.env['RECORD_HISTORIES'] !== '1' || ending === undefined) return;
  const file = join(folder, workflow, `${ending}.json`);
  if (existsSync(file)) return;
  mkdirSync(join(folder, workflow), { recursive: true });
  writeFileSync(file, `${JSON.stringify(withoutMachine(history), null, 1)}\n`);
}
