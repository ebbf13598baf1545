import { announcer } from '../../lib/announcer.svelte.ts';
import { ApiProblem } from '../../lib/apiClient.ts';
import { percentOf } from '../../lib/numbers.ts';
import { uploadTask as words } from '../../words/content.ts';
import { uploadFile, type UploadedFile, type UploadStep } from './upload.ts';

/** A screen reader hears of an upload this often, in percent. */
const SAID_EVERY = 25;

/** One file on its way to the storage bucket, as a page shows it: how far it is, and what became of it. */
export class UploadTask {
  file = $state.raw<File | undefined>();
  step = $state<UploadStep | undefined>();
  /** Bytes of the step that are done. */
  bytes = $state(0);
  problem = $state.raw<ApiProblem | undefined>();
  private checksum: string | undefined;
  private arrived: string | undefined;
  private stopping: AbortController | undefined;
  private said = 0;

  get isBusy(): boolean {
    return this.step !== undefined;
  }

  get percent(): number {
    return percentOf(this.bytes, this.file?.size ?? 0);
  }

  /** Sends a file; resolves to where it lies, or to undefined when it failed or was cancelled. */
  async send(site: string, file: File): Promise<UploadedFile | undefined> {
    this.cancel();
    if (file !== this.file) {
      this.checksum = undefined;
      this.arrived = undefined;
    }
    this.file = file;
    this.problem = undefined;
    this.said = 0;
    const stopping = new AbortController();
    this.stopping = stopping;
    this.step = 'reading';
    this.bytes = 0;
    try {
      const uploaded = await uploadFile({
        site,
        file,
        signal: stopping.signal,
        checksum: this.checksum,
        onchecksum: (checksum) => (this.checksum = checksum),
        arrived: this.arrived,
        onarrived: (upload) => (this.arrived = upload),
        onprogress: (step, bytes) => this.went(step, bytes),
      });
      // Who cancelled while it was looked at does not want it any more.
      if (stopping.signal.aborted) return undefined;
      announcer.say(words.wasUploaded(file.name));
      return uploaded;
    } catch (error) {
      if (stopping.signal.aborted) return undefined;
      if (!(error instanceof ApiProblem)) throw error;
      this.problem = error;
      // What was refused, or replaced meanwhile, is not looked at once more.
      if (error.code !== 'unreachable' && error.code !== 'storageUnavailable') this.arrived = undefined;
      return undefined;
    } finally {
      if (this.stopping === stopping) {
        this.stopping = undefined;
        this.step = undefined;
      }
    }
  }

  /** Ends what is under way; the storage forgets what was begun by itself. */
  cancel(): void {
    this.stopping?.abort();
    this.stopping = undefined;
    this.step = undefined;
  }

  private went(step: UploadStep, bytes: number): void {
    if (this.stopping === undefined) return;
    this.step = step;
    this.bytes = bytes;
    if (step !== 'sending') return;
    const reached = Math.floor(this.percent / SAID_EVERY) * SAID_EVERY;
    if (reached <= this.said || reached === 100) return;
    this.said = reached;
    announcer.say(words.percentOfSent(reached, this.file?.name));
  }
}
