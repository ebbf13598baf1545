import { createHmac, timingSafeEqual } from 'node:crypto';

/** Hex digits of the code: 96 bits, so that a host with its run's id stays one DNS label. */
const CODE_DIGITS = 24;

/** A run’s output, or what one person sees of a site while it is written. */
type Shown = 'run' | 'viewer';

/**
 * The address of each run's preview, and of each person's view of what is written. A host of its own keeps the pages of one, and what their scripts
 * store, apart from every other's and from the studio; a code that only the installation can make keeps it from being guessed.
 */
export function createPreviewHosts(template: string, secret: string) {
  const base = template.replace(/\/+$/, '');
  const [before = '', after = ''] = new URL(base.replace('{run}', 'run-of-preview')).hostname.split('run-of-preview');
  // A letter that is no hex digit tells the two apart, in the name and under the code.
  const marks: Readonly<Record<Shown, string>> = { run: '', viewer: 'v' };
  const codeOf = (shown: Shown, hex: string): string => createHmac('sha256', secret).update(`${marks[shown]}${hex}`).digest('hex').slice(0, CODE_DIGITS);

  function urlOf(shown: Shown, id: string): string {
    const hex = id.replaceAll('-', '');
    return `${base.replace('{run}', `${marks[shown]}${hex}-${codeOf(shown, hex)}`)}/`;
  }

  function idIn(shown: Shown, host: string): string | null {
    const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
    if (!name.startsWith(`${before}${marks[shown]}`) || !name.endsWith(after)) return null;
    const match = /^([0-9a-f]{32})-([0-9a-f]{24})$/.exec(name.slice(before.length + marks[shown].length, name.length - after.length));
    const [hex, code] = [match?.[1], match?.[2]];
    if (hex === undefined || code === undefined || !timingSafeEqual(Buffer.from(code), Buffer.from(codeOf(shown, hex)))) return null;
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  return {
    /** Where the output of a run is shown. */
    urlOf: (runId: string): string => urlOf('run', runId),

    /** Where a person sees what is written. */
    viewerUrlOf: (viewerId: string): string => urlOf('viewer', viewerId),

    /** The run a Host header names, or null when it names none, or its code is wrong. */
    runOf: (host: string): string | null => idIn('run', host),

    /** The view a Host header names, or null when it names none, or its code is wrong. */
    viewerOf: (host: string): string | null => idIn('viewer', host),
  };
}

/** Every preview of an installation, as a Content-Security-Policy names them. */
export function previewSource(template: string): string {
  const { protocol, host } = new URL(template.replace('{run}', 'run-of-preview'));
  // Only a first label can stand for any.
  return `${protocol}//${host.includes('.') ? host.replace(/^[^.]*/, '*') : host}`;
}
