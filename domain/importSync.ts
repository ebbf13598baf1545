/** What is known of an object of a bucket. */
export interface SyncedObject {
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date;
}

/** Metadata of a copy that says of which object it is one, for the ETag of one that was stored in parts is not kept. */
export const SOURCE_ETAG = 'source-etag';

/** What a comparison of an object with its copy comes to; `ask` needs what the copy remembers. */
export type SyncVerdict = 'same' | 'differs' | 'ask';

/** Compares an object with what stands under its key in the other bucket, by what a listing says. */
export function compareObjects(source: SyncedObject, target: SyncedObject | undefined): SyncVerdict {
  if (target === undefined || target.size !== source.size) return 'differs';
  return target.etag === source.etag ? 'same' : 'ask';
}

/**
 * Whether an object of the same size and another ETag is copied again. A copy that remembers its source is compared with
 * that; one that does not (made by other means, or written by somebody else) is replaced by what is newer only.
 */
export function differsFromSource(source: SyncedObject, target: SyncedObject, rememberedEtag: string | undefined): boolean {
  return rememberedEtag === undefined ? source.lastModified > target.lastModified : rememberedEtag !== source.etag;
}

export interface ImportSyncTotals {
  /** Objects of the import bucket. */
  readonly compared: number;
  readonly copied: number;
  /** Bytes. */
  readonly bytes: number;
}

export const noSyncTotals: ImportSyncTotals = { compared: 0, copied: 0, bytes: 0 };
