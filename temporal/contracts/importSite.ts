import { taskQueues } from '../taskQueues.ts';

/** Contract of an import: one workflow per request. */
export const importSiteContract = {
  process: 'import-site',
  workflowType: 'importSite',
  taskQueue: taskQueues.studio,
  /** A request is imported once; a second delivery finds it running or done. One that was ended before it began may begin again. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
  workflowId: (requestId: string): string => `import-site/${requestId}`,
} as const;

/** What the request row's `input` holds; the workflow itself is started with the request's id alone. */
export interface ImportRequest {
  readonly starter: string;
  readonly folder: string;
  readonly name?: string;
  /** Either the uploaded archive in the build store, or an address to clone. */
  readonly archiveKey?: string;
  readonly gitUrl?: string;
}

export interface ImportSiteInput {
  readonly requestId: string;
  /** For people who read the run. */
  readonly folder: string;
}

export interface ImportSiteResult {
  readonly runId: string;
}
