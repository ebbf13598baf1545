import type { CaptionOrder } from '#api/contracts/captions.ts';
import { ConfirmedAsk } from '../../lib/confirmedAsk.svelte.ts';
import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';

/** A person's word about an order of captions that waits. */
export class OrderDecision extends ConfirmedAsk<'approve' | 'refuse'> {
  /** @returns the order as it is then; undefined with `problem` set. */
  decide(order: string, decision: 'approve' | 'refuse'): Promise<CaptionOrder | undefined> {
    const input = { params: { order } };
    return this.confirmed(decision, () => (decision === 'approve' ? call('POST /api/v1/caption-orders/:order/approve', input) : call('POST /api/v1/caption-orders/:order/refuse', input)));
  }
}

/** A person's word that what stopped the channel is mended. */
export class Resumption extends ConfirmedAsk<'resume'> {
  /** @returns whether it was taken. */
  async resume(): Promise<boolean> {
    return (await this.confirmed('resume', () => call('POST /api/v1/youtube/resumptions', {}))) !== undefined;
  }
}

/** The button that lets a video go on with the step it is at. */
export class VideoRetry extends OneAtATime<'retry'> {
  /** @returns whether it was taken. */
  async retry(video: string): Promise<boolean> {
    return (await this.once('retry', () => call('POST /api/v1/videos/:video/retry', { params: { video } }))) !== undefined;
  }
}

/** Whether captions of a site go out by themselves. */
export class CaptionSetting extends OneAtATime<'save'> {
  /** @returns whether it was saved. */
  async save(site: string, publishesCaptions: boolean): Promise<boolean> {
    return (await this.once('save', () => call('PUT /api/v1/sites/:site/caption-settings', { params: { site }, body: { publishesCaptions } }))) !== undefined;
  }
}
