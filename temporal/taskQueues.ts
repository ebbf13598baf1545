/**
 * Each queue and why it exists. A worker may serve any of them; the embedded default serves all in one process.
 */
export const taskQueues = {
  /** Workflow tasks and short activities: rows in Postgres, calls to GitHub's API. Never blocked by long work. */
  studio: 'studio',
  /** Hugo builds and checkouts: CPU- and disk-bound, slots = cores of the machine. */
  build: 'build',
  /** Hugo builds of what is read without a network: they hold no slot a publish waits for. */
  offline: 'offline',
  /** Many requests to S3: network-bound, so that a slow bucket does not hold a build's slot. */
  transfer: 'transfer',
  /** Previews of what people write: each is a Hugo that stays, for as long as somebody looks at it. */
  preview: 'preview',
  /** Bytes of files of any size from Google Drive, which may take hours: no publish waits for one. */
  drive: 'drive',
  /** Bytes of videos on their way to YouTube, which may take hours: few at once, of each of which a part is in memory. */
  youtube: 'youtube',
  /** Looking now and then what others make of a thing, for hours or weeks: slots that cost next to nothing. */
  watch: 'watch',
  /** Requests to hosts of the public web, which are paced and mostly wait: they hold no slot anything else needs. */
  links: 'links',
  /** Captures asked of the Wayback Machine: the server hands out so many a minute, to however many workers. */
  wayback: 'wayback',
} as const;

export type TaskQueue = (typeof taskQueues)[keyof typeof taskQueues];

/** The queue's name in this installation; two installations may share a namespace with different prefixes. */
export function taskQueueName(queue: TaskQueue, prefix: string): string {
  return `${prefix}${queue}`;
}
