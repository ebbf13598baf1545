import { DeleteObjectCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';

type Call = <T>(what: string, work: () => Promise<T>, abortSignal?: AbortSignal) => Promise<T>;

/** One state an object had; a delete marker is the state of not being there. */
export interface ObjectVersion {
  readonly versionId: string;
  readonly isMarker: boolean;
}

/** Objects of buckets that keep versions: taken away so that they can be brought back. */
export function createObjectVersions(client: S3Client, call: Call) {
  /** The states of an object, the newest first. */
  async function list(bucket: string, key: string, abortSignal?: AbortSignal): Promise<ObjectVersion[]> {
    const found: (ObjectVersion & { readonly at: number; readonly isLatest: boolean })[] = [];
    let from: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (;;) {
      const page = await call(`LIST versions of ${bucket}/${key}`, () => client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, ...from }), abortSignal === undefined ? {} : { abortSignal }), abortSignal);
      const both = [...(page.Versions ?? []).map((entry) => ({ entry, isMarker: false })), ...(page.DeleteMarkers ?? []).map((entry) => ({ entry, isMarker: true }))];
      for (const { entry, isMarker } of both) {
        if (entry.Key === key && entry.VersionId !== undefined) found.push({ versionId: entry.VersionId, isMarker, at: entry.LastModified?.getTime() ?? 0, isLatest: entry.IsLatest === true });
      }
      // Keys come in order: behind this one there are only those that begin with it.
      if (page.IsTruncated !== true || page.NextKeyMarker !== key) break;
      from = { KeyMarker: page.NextKeyMarker, ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }) };
    }
    return found.sort((a, b) => Number(b.isLatest) - Number(a.isLatest) || b.at - a.at || Number(b.isMarker) - Number(a.isMarker)).map(({ versionId, isMarker }) => ({ versionId, isMarker }));
  }

  return {
    list,

    /** Puts a delete marker over an object; its versions stay until the bucket's own rules take them. */
    async hide(bucket: string, key: string, abortSignal?: AbortSignal): Promise<void> {
      await call(`DELETE ${bucket}/${key}`, () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), abortSignal === undefined ? {} : { abortSignal }), abortSignal);
    },

    /**
     * Takes the delete markers away that lie over an object.
     * @returns whether there is an object now.
     */
    async unhide(bucket: string, key: string, abortSignal?: AbortSignal): Promise<boolean> {
      const states = await list(bucket, key, abortSignal);
      const shown = states.findIndex((state) => !state.isMarker);
      // A marker with nothing under it says the truth.
      if (shown === -1) return false;
      for (const marker of states.slice(0, shown)) {
        await call(`DELETE the marker of ${bucket}/${key}`, () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: marker.versionId }), abortSignal === undefined ? {} : { abortSignal }), abortSignal);
      }
      return true;
    },
  };
}
