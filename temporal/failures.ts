/**
 * Every way a step can fail, by the type of its ApplicationFailure. `final` failures are not tried again by themselves:
 * the run says why and waits for a person. The message of a failure is already the sentence people read.
 */
export const failures = {
  // Outside systems that will answer again.
  GitHubUnavailable: { final: false, initialDelayMs: 1_000, maxDelayMs: 60_000 },
  GitHubRateLimited: { final: false, initialDelayMs: 5_000, maxDelayMs: 120_000 },
  GitUnavailable: { final: false, initialDelayMs: 1_000, maxDelayMs: 60_000 },
  S3Unavailable: { final: false, initialDelayMs: 1_000, maxDelayMs: 30_000 },
  StaticApiUnavailable: { final: false, initialDelayMs: 1_000, maxDelayMs: 30_000 },
  DatabaseUnavailable: { final: false, initialDelayMs: 500, maxDelayMs: 10_000 },
  FastlyUnavailable: { final: false, initialDelayMs: 1_000, maxDelayMs: 30_000 },
  LearnUnavailable: { final: false, initialDelayMs: 2_000, maxDelayMs: 600_000 },
  MailUnavailable: { final: false, initialDelayMs: 5_000, maxDelayMs: 15 * 60_000 },
  WaybackUnavailable: { final: false, initialDelayMs: 5_000, maxDelayMs: 5 * 60_000 },
  DriveUnavailable: { final: false, initialDelayMs: 1_000, maxDelayMs: 60_000 },
  DriveRateLimited: { final: false, initialDelayMs: 5_000, maxDelayMs: 120_000 },
  /** A limit that ends with the day, or that a person lifts: of Google's, or of ours on what is read in a day. */
  DriveQuotaSpent: { final: false, initialDelayMs: 15 * 60_000, maxDelayMs: 60 * 60_000 },
  MediaConvertUnavailable: { final: false, initialDelayMs: 2_000, maxDelayMs: 120_000 },
  /** A job may have been made: it is looked for before another one is. */
  TranscodeUncertain: { final: false, initialDelayMs: 30_000, maxDelayMs: 120_000 },
  ThreePlayUnavailable: { final: false, initialDelayMs: 2_000, maxDelayMs: 5 * 60_000 },
  ThreePlayLimited: { final: false, initialDelayMs: 60_000, maxDelayMs: 10 * 60_000 },
  /** Nothing is wrong: 3Play is at work, and is asked again. */
  CaptionsNotReady: { final: false, initialDelayMs: 60_000, maxDelayMs: 2 * 60 * 60_000, isWait: true },
  /** The place outside of the studio where a video’s bytes are kept. */
  ArchiveUnavailable: { final: false, initialDelayMs: 60_000, maxDelayMs: 30 * 60_000, maxAttempts: 5, isForEngineers: true },
  YoutubeUnavailable: { final: false, initialDelayMs: 1_000, maxDelayMs: 60_000 },
  YoutubeRateLimited: { final: false, initialDelayMs: 5_000, maxDelayMs: 120_000 },
  /** A limit of YouTube's that ends with the day; the ledger says when. */
  YoutubeQuotaSpent: { final: false, initialDelayMs: 5 * 60_000, maxDelayMs: 60 * 60_000 },
  /** Somebody who manages the channel has to give the consent anew; until then nothing else of YouTube works either. */
  YoutubeConsentLost: { final: false, initialDelayMs: 30 * 60_000, maxDelayMs: 30 * 60_000 },
  ConcourseUnavailable: { final: false, initialDelayMs: 2_000, maxDelayMs: 60_000 },
  /** Concourse could not look at one of the repositories a build starts from. */
  BuilderCheckFailed: { final: false, initialDelayMs: 5_000, maxDelayMs: 30_000, maxAttempts: 4, isForEngineers: true },
  EngineUnavailable: { final: false, initialDelayMs: 1_000, maxDelayMs: 30_000 },
  /** The push met a commit that was not there before; the next try starts from it. */
  GitPushRaced: { final: false, initialDelayMs: 200, maxDelayMs: 10_000 },
  /** A move or an unpublish waits until a publish of its site has ended. */
  PublishRunning: { final: false, initialDelayMs: 1_000, maxDelayMs: 30_000 },
  /** A worker stopped or was killed in the middle; the next one goes on. */
  WorkerStopped: { final: false, initialDelayMs: 100, maxDelayMs: 1_000 },

  // What a person has to mend.
  GitHubRefused: { final: true, isForEngineers: true },
  MergeConflict: { final: true },
  /** Somebody changed files of main by hand that a commit would write over. */
  ContentDiverged: { final: true },
  /** An admin cancelled the site's repository workflow in Temporal. */
  RepositoryStopped: { final: true, isForEngineers: true },
  S3Refused: { final: true, isForEngineers: true },
  DiskFull: { final: true, isForEngineers: true },
  HugoFailed: { final: true },
  HugoTimedOut: { final: true },
  HugoMissing: { final: true, isForEngineers: true },
  SiteMissing: { final: true },
  /** The site is put away: nothing of it is published, edited or synced. */
  SiteArchived: { final: true },
  SiteNotArchived: { final: true },
  StarterMissing: { final: true },
  StarterConfigInvalid: { final: true },
  ProjectMissing: { final: true },
  ThemesUnreadable: { final: true, isForEngineers: true },
  ThemeBuildFailed: { final: true },
  BranchMissing: { final: true },
  InstructorsMissing: { final: true },
  /** The content has faults that readers of the live site would meet. */
  PreflightFailed: { final: true },
  SiteHasNoUrl: { final: true },
  PathNotOurs: { final: true, isForEngineers: true },
  ContentInvalid: { final: true },
  ImportUnreadable: { final: true },
  CommitMissing: { final: true },
  PathMissing: { final: true },
  /** A pull would take older content than main holds, and nobody said that it may. */
  PullGoesBack: { final: true },
  UrlInUse: { final: true },
  /** A publish was begun before the site moved, and would write to the old place. */
  SiteMoved: { final: true },
  /** What a move was asked to do cannot be done. */
  MoveRefused: { final: true },
  /** What an unpublish was asked to do cannot be done. */
  UnpublishRefused: { final: true },
  /** What a review would show is not what would go out. */
  ReviewRefused: { final: true },
  /** A publish that another process waits for did not come to its end. */
  PublishFailed: { final: true },
  /** What was deployed is not what readers get. */
  OldPageServed: { final: true, isForEngineers: true },
  /** Readers' address cannot be asked from a worker. */
  SiteUnreachable: { final: true, isForEngineers: true },
  /** The stored output of an earlier run cannot be shown any more. */
  OutputGone: { final: true },
  /** What is built from a publish has nothing to be built from: the site is not out. */
  NotPublished: { final: true },
  /** An uploaded file is not the one the build was made with. */
  FileChanged: { final: true },
  DriveMissing: { final: true },
  DriveRefused: { final: true, isForEngineers: true },
  /** A document of Google's own that is too large to be exported. */
  DriveTooLarge: { final: true },
  /** A file was changed in Drive while it was copied. */
  DriveFileChanged: { final: true },
  /** A file is not what its type says. */
  DriveFileInvalid: { final: true },
  MediaConvertRefused: { final: true, isForEngineers: true },
  /** MediaConvert ended a job, and not well. */
  TranscodeFailed: { final: true },
  TranscodeCancelled: { final: true },
  /** MediaConvert has not ended a job for a day. */
  TranscodeOverdue: { final: true, isForEngineers: true },
  /** Whether a job was made nobody can say, since this account may not search for one. */
  TranscodeDoubtful: { final: true, isForEngineers: true },
  /** A video’s file or its resource is gone. */
  VideoMissing: { final: true },
  /** Some of what was to be deleted, or brought back, could not be. */
  DeletionIncomplete: { final: true },
  ThreePlayRefused: { final: true, isForEngineers: true },
  /** Nobody knows whether an order was taken: it is looked for before another one is placed. */
  ThreePlayUncertain: { final: true, isForEngineers: true },
  /** Captions cannot be made, or have no place in the site, until a person mends something. */
  CaptionsBlocked: { final: true },
  ConcourseRefused: { final: true, isForEngineers: true },
  /** A build elsewhere ended, and not well. */
  BuilderFailed: { final: true },
  BuilderTimedOut: { final: true, isForEngineers: true },
  /** A site is to be built by a builder that is not set up. */
  BuilderMissing: { final: true, isForEngineers: true },
  /** The Hugo of a preview takes more memory than one may. */
  PreviewTooLarge: { final: true, isForEngineers: true },
  FastlyRefused: { final: true, isForEngineers: true },
  LearnRefused: { final: true, isForEngineers: true },
  MailRefused: { final: true, isForEngineers: true },
  WaybackRefused: { final: true, isForEngineers: true },
  YoutubeRefused: { final: true, isForEngineers: true },
  YoutubeMissing: { final: true },
  /** A video on YouTube that an author named is none that readers could watch. */
  VideoNotShown: { final: true },
  /** A video has nothing yet that could go to YouTube. */
  VideoNotReady: { final: true },
  /** The answer to a mail was lost: it is looked for before it is sent again. */
  MailUncertain: { final: true, isForEngineers: true },
  NameInUse: { final: true },
  OutwardEffectsOff: { final: true },
  PayloadTooLarge: { final: true, isForEngineers: true },
  /** The step did not end within its bound. */
  TimedOut: { final: true, isForEngineers: true },
  /** Nobody expected this: a fault of ours, loud in the logs. */
  Unexpected: { final: false, initialDelayMs: 1_000, maxDelayMs: 10_000, maxAttempts: 4, isForEngineers: true },
} as const satisfies Record<string, FailurePolicy>;

export interface FailurePolicy {
  readonly final: boolean;
  /** Delay before the second try, in milliseconds; doubled each time up to `maxDelayMs`. */
  readonly initialDelayMs?: number;
  readonly maxDelayMs?: number;
  /** After this many tries the failure is final after all. */
  readonly maxAttempts?: number;
  /** What is waited for is not there yet: no fault, and no line in anybody’s log. */
  readonly isWait?: boolean;
  /** No author can mend it: engineers are told once it is final, of what nobody expected at once. */
  readonly isForEngineers?: boolean;
}

export type FailureType = keyof typeof failures;

export function isFailureType(type: string | null | undefined): type is FailureType {
  return type !== null && type !== undefined && Object.hasOwn(failures, type);
}

/** Milliseconds before the try after `attempt` (from 1) of a failure that is not final. */
export function retryDelayMs(type: FailureType, attempt: number): number {
  const policy: FailurePolicy = failures[type];
  const initial = policy.initialDelayMs ?? 1_000;
  return Math.min(policy.maxDelayMs ?? 60_000, initial * 2 ** Math.min(20, Math.max(0, attempt - 1)));
}
