import { CancelJobCommand, CreateJobCommand, type CreateJobCommandInput, GetJobCommand, type Job, MediaConvertClient, SearchJobsCommand } from '@aws-sdk/client-mediaconvert';
import { type FoundTranscodeJob, type TranscodeAccount, transcodeStateOf } from '#domain/transcodeJob.ts';
import { MediaConvertError, toMediaConvertError } from './mediaConvertError.ts';

export interface MediaConvertConfig {
  /** Undefined means AWS. */
  readonly transcodeEndpointUrl: string | undefined;
  readonly awsRegion: string;
  readonly awsAccessKeyId: string | undefined;
  readonly awsSecretAccessKey: string | undefined;
  readonly awsAccountId: string | undefined;
  readonly transcodeRoleName: string | undefined;
  readonly transcodeQueue: string;
}

/** A job as MediaConvert shows it. Where its outputs lie it does not say: that follows from what it was asked for. */
export interface TranscodeJob extends FoundTranscodeJob {
  /** MediaConvert’s word, such as PROGRESSING. */
  readonly status: string;
  /** Address of the source; null where it is not said. */
  readonly inputFile: string | null;
  readonly errorCode: number | null;
  readonly errorMessage: string | null;
  /** Of the work so far; null where it is not said. */
  readonly percent: number | null;
  /** How long the video is, milliseconds; null before it is done. */
  readonly durationMs: number | null;
}

/** Characters of an address that a search takes. */
const MAX_SEARCHED = 300;
/** The most that a page of a search holds. */
const PAGE = 20;
/** Pages that a search reads: a source has few jobs, each of which somebody asked for. */
const MAX_PAGES = 10;
const ANSWER_MS = 30_000;

export type MediaConvert = ReturnType<typeof createMediaConvert>;

/** AWS Elemental MediaConvert: jobs that are made, looked at, looked up and cancelled. Each call is one attempt. The caller ends it with `close()`. */
export function createMediaConvert(config: MediaConvertConfig) {
  const { awsAccountId: accountId, transcodeRoleName: roleName } = config;
  const account: TranscodeAccount | null = accountId === undefined || roleName === undefined ? null : { region: config.awsRegion, accountId, roleName, queue: config.transcodeQueue };
  const client = new MediaConvertClient({
    region: config.awsRegion,
    ...(config.transcodeEndpointUrl === undefined ? {} : { endpoint: config.transcodeEndpointUrl }),
    ...(config.awsAccessKeyId === undefined || config.awsSecretAccessKey === undefined ? {} : { credentials: { accessKeyId: config.awsAccessKeyId, secretAccessKey: config.awsSecretAccessKey } }),
    // A second try of the library’s own would hide that the first may have made a job.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  });

  async function call<T>(what: string, changes: boolean, work: (options: { abortSignal: AbortSignal }) => Promise<T>, abortSignal?: AbortSignal): Promise<T> {
    if (account === null) throw new MediaConvertError('refused', 'MediaConvert is not set up: set AWS_ACCOUNT_ID and AWS_ROLE_NAME', null, 'NotSetUp');
    const timeout = AbortSignal.timeout(ANSWER_MS);
    try {
      return await work({ abortSignal: abortSignal === undefined ? timeout : AbortSignal.any([timeout, abortSignal]) });
    } catch (error) {
      abortSignal?.throwIfAborted();
      throw toMediaConvertError(error, what, changes);
    }
  }

  return {
    /** The account that jobs run in; null where it is not set up. */
    account,

    /**
     * Makes a job. With the token of a request of the last minute it is that request’s job; later a second one is made, so who doubts looks
     * with `findJobs` first.
     * @throws {MediaConvertError} `uncertain` when it may have been made.
     */
    async createJob(request: CreateJobCommandInput, token: string, abortSignal?: AbortSignal): Promise<TranscodeJob> {
      const { Job: job } = await call('a new job', true, (options) => client.send(new CreateJobCommand({ ...request, ClientRequestToken: token }), options), abortSignal);
      const made = readJob(job);
      if (made === null) throw new MediaConvertError('uncertain', 'MediaConvert gave no id for a new job', null, 'NoJob');
      return made;
    },

    /** Looks at a job. @throws {MediaConvertError} `missing` when there is none. */
    async getJob(id: string, abortSignal?: AbortSignal): Promise<TranscodeJob> {
      const { Job: job } = await call(`a look at job ${id}`, false, (options) => client.send(new GetJobCommand({ Id: id }), options), abortSignal);
      const found = readJob(job);
      if (found === null) throw new MediaConvertError('unavailable', `MediaConvert showed nothing of job ${id}`, null, 'NoJob');
      return found;
    },

    /**
     * The jobs of a source, by its address, newest first.
     * @returns null where the account may not search: then nobody can say that there are none.
     * @throws {MediaConvertError}
     */
    async findJobs(inputFile: string, abortSignal?: AbortSignal): Promise<TranscodeJob[] | null> {
      const found: TranscodeJob[] = [];
      let token: string | undefined;
      try {
        for (let page = 0; page < MAX_PAGES; page += 1) {
          const query = { InputFile: inputFile.slice(0, MAX_SEARCHED), MaxResults: PAGE, Order: 'DESCENDING' as const, ...(token === undefined ? {} : { NextToken: token }) };
          const answer = await call('a search for jobs', false, (options) => client.send(new SearchJobsCommand(query), options), abortSignal);
          for (const job of answer.Jobs ?? []) {
            const one = readJob(job);
            // The search takes the beginning of a long address, and a part of any.
            if (one !== null && one.inputFile === inputFile) found.push(one);
          }
          token = answer.NextToken;
          if (token === undefined || token === '') return found;
        }
      } catch (error) {
        if (error instanceof MediaConvertError && error.kind === 'denied') return null;
        throw error;
      }
      throw new MediaConvertError('refused', `there are more than ${MAX_PAGES * PAGE} jobs of one source, so they were not all looked at`, null, 'TooManyJobs');
    },

    /** Ends a job; what has ended already stays as it is. @throws {MediaConvertError} */
    async cancelJob(id: string, abortSignal?: AbortSignal): Promise<void> {
      try {
        await call(`cancelling job ${id}`, true, (options) => client.send(new CancelJobCommand({ Id: id }), options), abortSignal);
      } catch (error) {
        if (error instanceof MediaConvertError && error.status === 409) return;
        throw error;
      }
    },

    close: (): void => client.destroy(),
  };
}

function readJob(job: Job | undefined): TranscodeJob | null {
  if (job?.Id === undefined) return null;
  const lengths = (job.OutputGroupDetails ?? []).flatMap((group) => (group.OutputDetails ?? []).flatMap(({ DurationInMs: ms }) => (ms === undefined ? [] : [ms])));
  return {
    id: job.Id,
    status: job.Status ?? '',
    state: transcodeStateOf(job.Status ?? ''),
    createdAt: job.CreatedAt?.getTime() ?? 0,
    userMetadata: job.UserMetadata ?? {},
    inputFile: job.Settings?.Inputs?.[0]?.FileInput ?? null,
    errorCode: job.ErrorCode ?? null,
    errorMessage: job.ErrorMessage ?? null,
    percent: job.JobPercentComplete ?? null,
    durationMs: lengths.length === 0 ? null : Math.max(...lengths),
  };
}
