import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What goes into the bundle, beside the packages that the lock file names. */
const ROOMS = ['workflows', 'temporal', 'domain'];
const OURS = /^workflows-[0-9a-f]{64}\.js$/;

export interface BundleCache {
  /** Where bundles are kept from one start to the next. */
  readonly directory: string;
  /** Told of a bundle that could not be kept, which costs the next start some seconds and nothing else. */
  readonly onFault: (error: unknown) => void;
}

/**
 * The workflow code of all processes. Bundling takes seconds, so with a cache the result is kept under the hash of what
 * went into it: a worker that replaces a killed one is there sooner.
 * @param interceptors absolute paths of modules that stand round every workflow
 */
export async function bundleWorkflows(cache?: BundleCache, interceptors: readonly string[] = []): Promise<{ code: string }> {
  if (cache === undefined) return bundle(interceptors);
  const file = join(cache.directory, `workflows-${await hashOfSources(interceptors)}.js`);
  const kept = await readFile(file, 'utf8').catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) cache.onFault(error);
    return undefined;
  });
  if (kept !== undefined) return { code: kept };
  const made = await bundle(interceptors);
  await keep(cache.directory, file, made.code).catch(cache.onFault);
  return made;
}

function bundle(interceptors: readonly string[]): Promise<{ code: string }> {
  return bundleWorkflowCode({
    workflowsPath: join(root, 'workflows', 'index.ts'),
    payloadConverterPath: join(root, 'temporal', 'payloadConverter.cjs'),
    workflowInterceptorModules: [...interceptors],
  });
}

/** Whole or not at all: another worker may read it, this one be killed, the disk be full. */
async function keep(directory: string, file: string, code: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const old of await readdir(directory)) if (OURS.test(old)) await rm(join(directory, old), { force: true });
  const part = `${file}.${randomUUID()}.part`;
  try {
    await writeFile(part, code);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}

async function hashOfSources(interceptors: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(root, 'package-lock.json')));
  for (const file of interceptors) hash.update(`\0${file}\0`).update(await readFile(file));
  for (const room of ROOMS) {
    const entries = await readdir(join(root, room), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(`\0${file.slice(root.length)}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}
