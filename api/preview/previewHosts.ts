import { createHmac, timingSafeEqual } from 'node:crypto';

/** Hex digits of the code: 96 bits, so that a host with its run's id stays one DNS label. */
const CODE_DIGITS = 24;

/**
 * The address of each run's preview. A host of its own keeps the pages of one run, and what their scripts store, apart from every other's
 * and from the studio; a code that only the installation can make keeps it from being guessed.
 */
export function createPreviewHosts(template: string, secret: string) {
  const base = template.replace(/\/+$/, '');
  const [before = '', after = ''] = new URL(base.replace('{run}', 'run-of-preview')).hostname.split('run-of-preview');
  const codeOf = (hex: string): string => createHmac('sha256', secret).update(hex).digest('hex').slice(0, CODE_DIGITS);

  return {
    /** Where the output of a run is shown. */
    urlOf(runId: string): string {
      const hex = runId.replaceAll('-', '');
      return `${base.replace('{run}', `${hex}-${codeOf(hex)}`)}/`;
    },

    /** The run a Host header names, or null when it names none, or its code is wrong. */
    runOf(host: string): string | null {
      const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
      if (!name.startsWith(before) || !name.endsWith(after)) return null;
      const match = /^([0-9a-f]{32})-([0-9a-f]{24})$/.exec(name.slice(before.length, name.length - after.length));
      const [hex, code] = [match?.[1], match?.[2]];
      if (hex === undefined || code === undefined || !timingSafeEqual(Buffer.from(code), Buffer.from(codeOf(hex)))) return null;
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    },
  };
}
