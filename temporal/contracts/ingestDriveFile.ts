import { taskQueues } from '../taskQueues.ts';

/** Contract of bringing one file over from Google Drive: a child of the site’s sync, or by itself when a person asks for the file once more. */
export const ingestDriveFileContract = {
  process: 'ingest-drive-file',
  workflowType: 'ingestDriveFile',
  taskQueue: taskQueues.studio,
  /** A file is brought over again whenever it changes. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  /** The lock that no two bring the same file: by the id of its row. */
  workflowId: (driveFileId: string): string => `ingest-drive-file/${driveFileId}`,
} as const;

/** What the request row's `input` holds. */
export interface DriveFileRequest {
  readonly driveFileId: string;
}

export interface IngestDriveFileInput {
  readonly siteId: string;
  readonly driveFileId: string;
  /** The sync it is a part of, which reports it. */
  readonly syncRunId?: string;
  /** The request for this file alone. */
  readonly requestId?: string;
}

export interface IngestDriveFileResult {
  readonly outcome: 'done' | 'failed';
}
