/** Templates of mails: pure text, so that what people get can be read in a golden file. */
export const mailKinds = ['publish-succeeded', 'publish-failed', 'approval-asked', 'publish-scheduled-failed', 'mass-publish-finished', 'video-uploaded', 'video-stopped', 'captions-ready', 'captions-stopped', 'captions-approval-asked', 'invited', 'access-asked', 'access-decided', 'owner-changed', 'transcode-failed', 'captions-cancelled', 'captions-complete', 'drive-problems', 'links-broken'] as const;
export type MailKind = (typeof mailKinds)[number];

/** What tells of a failure can fail again and again: of one subject nobody is told more than once in 24 hours. */
export const failureMailKinds = ['publish-failed', 'publish-scheduled-failed', 'video-stopped', 'transcode-failed', 'captions-stopped', 'captions-cancelled', 'drive-problems'] as const satisfies readonly MailKind[];
export type FailureMailKind = (typeof failureMailKinds)[number];

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a template says; layout and greeting are the same for all. */
interface MailContent {
  readonly subject: string;
  /** Paragraphs of plain words. */
  readonly paragraphs: readonly string[];
  /** What the last paragraph announces, one line each. */
  readonly items?: readonly string[];
  /** Where the person goes from here, the most likely first. */
  readonly links: readonly { readonly label: string; readonly url: string }[];
}

type MailData = Readonly<Record<string, unknown>>;

const places = { draft: 'the draft site', live: 'the public site' } as const;

function textOf(data: MailData, key: string): string {
  const value = data[key];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function placeOf(data: MailData): string {
  return textOf(data, 'version') === 'live' ? places.live : places.draft;
}

const runUrl = (data: MailData, studioUrl: string): string => `${studioUrl}/runs/${encodeURIComponent(textOf(data, 'runId'))}`;

const templates: Readonly<Record<MailKind, (data: MailData, studioUrl: string) => MailContent>> = {
  'publish-succeeded': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: ‘${textOf(data, 'siteTitle')}’ ${textOf(data, 'version')} version is ready to view`,
    paragraphs: [`What you published of ‘${textOf(data, 'siteTitle')}’ is out on ${placeOf(data)}.`],
    links: [...linkTo('Open the site', textOf(data, 'url')), { label: 'See what was published', url: runUrl(data, studioUrl) }],
  }),
  'publish-failed': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: ‘${textOf(data, 'siteTitle')}’ ${textOf(data, 'version')} version could not be published`,
    paragraphs: [
      `What you published of ‘${textOf(data, 'siteTitle')}’ did not reach ${placeOf(data)}.`,
      ...reasonIn(data),
      'The page of the run names the step that failed. It can be retried there for seven days; a new publish replaces it.',
    ],
    links: [{ label: 'See what went wrong', url: runUrl(data, studioUrl) }],
  }),
  'approval-asked': (data) => ({
    subject: `${textOf(data, 'siteName')}: your approval is asked for`,
    paragraphs: [
      `${textOf(data, 'askedBy') === '' ? 'Somebody' : textOf(data, 'askedBy')} wants to publish changes of ‘${textOf(data, 'siteTitle')}’ to ${placeOf(data)} and asks you to look at them.`,
      'You approve what the review shows; what is saved later is not part of it.',
    ],
    links: [{ label: 'Look at the changes', url: textOf(data, 'url') }],
  }),
  'publish-scheduled-failed': (data) => ({
    subject: `${textOf(data, 'siteName')}: the scheduled publish did not take place`,
    paragraphs: [`What you scheduled of ‘${textOf(data, 'siteTitle')}’ did not reach ${placeOf(data)}.`, ...reasonIn(data)],
    links: [{ label: 'See the review', url: textOf(data, 'url') }],
  }),
  'mass-publish-finished': (data, studioUrl) => ({
    subject: `${textOf(data, 'kind') === 'undo' ? 'The undo of a mass publish' : 'The mass publish'} to ${placeOf(data)} has ended`,
    paragraphs: [textOf(data, 'summary'), 'Its page lists every site with what became of it. Sites that failed can be retried there.'],
    links: [{ label: 'See every site', url: `${studioUrl}/admin/mass-publishes/${encodeURIComponent(textOf(data, 'massRunId'))}` }],
  }),
  'video-uploaded': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: ‘${textOf(data, 'videoTitle')}’ was uploaded to YouTube`,
    paragraphs: [`The video ‘${textOf(data, 'videoTitle')}’ of ‘${textOf(data, 'siteTitle')}’ is on YouTube, for those who have its address. It becomes public with the next publish to the public site.`],
    links: [...linkTo('Watch it on YouTube', textOf(data, 'url')), siteLink(data, studioUrl)],
  }),
  'video-stopped': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: ‘${textOf(data, 'videoTitle')}’ could not be brought to YouTube`,
    paragraphs: [`The video ‘${textOf(data, 'videoTitle')}’ of ‘${textOf(data, 'siteTitle')}’ stopped on its way to YouTube and waits for a person.`, ...reasonIn(data)],
    links: [siteLink(data, studioUrl)],
  }),
  'captions-ready': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: ‘${textOf(data, 'videoTitle')}’ is on YouTube and has captions`,
    paragraphs: [`The video ‘${textOf(data, 'videoTitle')}’ of ‘${textOf(data, 'siteTitle')}’ is on YouTube, with captions and a transcript.`, ...reasonIn(data)],
    links: [siteLink(data, studioUrl)],
  }),
  'captions-stopped': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: ‘${textOf(data, 'videoTitle')}’ gets no captions`,
    paragraphs: [`The video ‘${textOf(data, 'videoTitle')}’ of ‘${textOf(data, 'siteTitle')}’ is on YouTube, and has no captions.`, ...reasonIn(data)],
    links: [siteLink(data, studioUrl)],
  }),
  'captions-approval-asked': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: captions of ‘${textOf(data, 'videoTitle')}’ wait for your approval`,
    paragraphs: [`Captions of ‘${textOf(data, 'videoTitle')}’ of ‘${textOf(data, 'siteTitle')}’ are not ordered until somebody who may spend approves it.`, ...reasonIn(data)],
    links: [siteLink(data, studioUrl)],
  }),
  invited: (data, studioUrl) => ({
    subject: `You can work on ‘${textOf(data, 'siteTitle')}’ in OCW Studio`,
    paragraphs: [`${textOf(data, 'by') === '' ? 'Somebody' : textOf(data, 'by')} made you ${roleOf(data)} of the site ‘${textOf(data, 'siteTitle')}’.`, 'Sign in with this e-mail address; there is nothing to set up.'],
    links: [siteLink(data, studioUrl)],
  }),
  'access-asked': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: ${textOf(data, 'by')} asks for access`,
    paragraphs: [`${textOf(data, 'by')} (${textOf(data, 'byEmail')}) would like to work on ‘${textOf(data, 'siteTitle')}’ and writes:`, textOf(data, 'message'), 'You and the others who answer for the site decide; whoever is first decides for all.'],
    links: [peopleLink(data, studioUrl)],
  }),
  'access-decided': (data, studioUrl) =>
    textOf(data, 'state') === 'approved'
      ? { subject: `${textOf(data, 'siteName')}: the site is open to you`, paragraphs: [`You asked for access to ‘${textOf(data, 'siteTitle')}’, and are now ${roleOf(data)} of it.`], links: [siteLink(data, studioUrl)] }
      : { subject: `${textOf(data, 'siteName')}: your request for access was declined`, paragraphs: [`You asked for access to the site ‘${textOf(data, 'siteName')}’. Those who answer for it declined.`, ...(textOf(data, 'answer') === '' ? [] : [textOf(data, 'answer')])], links: [] },
  'owner-changed': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: the site has a new owner`,
    paragraphs: [`${textOf(data, 'by') === '' ? 'Somebody' : textOf(data, 'by')} made ${textOf(data, 'newOwner')} the owner of ‘${textOf(data, 'siteTitle')}’. You are one of its admins now.`],
    links: [peopleLink(data, studioUrl)],
  }),
  'transcode-failed': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: ‘${textOf(data, 'videoTitle')}’ could not be transcoded`,
    paragraphs: [`The video ‘${textOf(data, 'videoTitle')}’ of ‘${textOf(data, 'siteTitle')}’ could not be brought into the forms readers and YouTube get, and waits for a person.`, ...reasonIn(data)],
    links: [videosLink(data, studioUrl), siteLink(data, studioUrl)],
  }),
  'captions-cancelled': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: the order of captions of ‘${textOf(data, 'videoTitle')}’ was cancelled`,
    paragraphs: [`3Play Media makes no captions of the video ‘${textOf(data, 'videoTitle')}’ of ‘${textOf(data, 'siteTitle')}’.`, ...reasonIn(data)],
    links: [videosLink(data, studioUrl), siteLink(data, studioUrl)],
  }),
  'captions-complete': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: all videos of ‘${textOf(data, 'siteTitle')}’ have captions`,
    paragraphs: [`Every video of ‘${textOf(data, 'siteTitle')}’ has captions and a transcript now. They reach readers with the next publish.`],
    links: [siteLink(data, studioUrl), videosLink(data, studioUrl)],
  }),
  'drive-problems': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: the sync with Google Drive had problems`,
    paragraphs: [
      textOf(data, 'state') === 'failed' ? `The sync of ‘${textOf(data, 'siteTitle')}’ with Google Drive did not come to its end.` : `The sync of ‘${textOf(data, 'siteTitle')}’ with Google Drive brought over what it could, but not everything.`,
      ...reasonIn(data),
      ...(problemsIn(data).length === 0 ? [] : ['What went wrong:']),
    ],
    items: problemsIn(data),
    links: [{ label: 'See the sync', url: runUrl(data, studioUrl) }, { label: 'See the site’s files in Google Drive', url: `${studioUrl}/sites/${encodeURIComponent(textOf(data, 'siteName'))}/drive` }],
  }),
  'links-broken': (data, studioUrl) => ({
    subject: `${textOf(data, 'siteName')}: ${Number(textOf(data, 'count')) === 1 ? 'a link' : `${textOf(data, 'count')} links`} of ‘${textOf(data, 'siteTitle')}’ ${Number(textOf(data, 'count')) === 1 ? 'leads' : 'lead'} nowhere any more`,
    paragraphs: [`Since the last mail about links, ${Number(textOf(data, 'count')) === 1 ? 'one external link' : `${textOf(data, 'count')} external links`} of ‘${textOf(data, 'siteTitle')}’ answered twice in a row that there is nothing:`],
    items: problemsIn(data),
    links: [{ label: 'See the links of the site', url: `${studioUrl}/sites/${encodeURIComponent(textOf(data, 'siteName'))}/links` }],
  }),
};

/** The reason somebody gave, where there is one. */
const reasonIn = (data: MailData): readonly string[] => (textOf(data, 'reason') === '' ? [] : [textOf(data, 'reason')]);

/** Lines that name what is wrong, the first ones; the last says how many more there are. */
function problemsIn(data: MailData): readonly string[] {
  const { problems } = data;
  const lines = Array.isArray(problems) ? problems.filter((line): line is string => typeof line === 'string') : [];
  const more = Number(textOf(data, 'more'));
  return more > 0 ? [...lines, `and ${more.toLocaleString('en-US')} more.`] : lines;
}

const videosLink = (data: MailData, studioUrl: string): MailContent['links'][number] => ({ label: 'See the videos of the site', url: `${studioUrl}/sites/${encodeURIComponent(textOf(data, 'siteName'))}/videos` });

const roleOf = (data: MailData): string => ({ owner: 'the owner', admin: 'an admin', editor: 'an editor' })[textOf(data, 'role')] ?? 'an editor';

const peopleLink = (data: MailData, studioUrl: string): MailContent['links'][number] => ({ label: 'See who works on the site', url: `${studioUrl}/sites/${encodeURIComponent(textOf(data, 'siteName'))}/people` });

const siteLink = (data: MailData, studioUrl: string): MailContent['links'][number] => ({ label: 'Open the site in the studio', url: `${studioUrl}/sites/${encodeURIComponent(textOf(data, 'siteName'))}` });

function linkTo(label: string, url: string): MailContent['links'] {
  return url === '' ? [] : [{ label, url }];
}

/** The mail of a row of the outbox. `data.name` is the person's name, if there is one. */
export function mailOf(kind: MailKind, data: MailData, config: { readonly studioBaseUrl: string; readonly mailFooter: string }): RenderedMail {
  const content = templates[kind](data, config.studioBaseUrl);
  const greeting = textOf(data, 'name') === '' ? 'Hello,' : `Dear ${textOf(data, 'name')},`;
  const footer = [`You get this mail because you work with OCW Studio, ${config.studioBaseUrl}.`, config.mailFooter].filter((line) => line !== '').join(' ');
  const choice = { label: 'Choose which mails you get', url: `${config.studioBaseUrl}/account/mail` };
  const items = content.items ?? [];
  const paragraphs = [greeting, ...content.paragraphs, ...(items.length === 0 ? [] : [items.map((item) => `- ${item}`).join('\n')]), ...content.links.map(({ label, url }) => `${label}: ${url}`), '--', footer, `${choice.label}: ${choice.url}`];
  return { subject: content.subject, text: `${paragraphs.join('\n\n')}\n`, html: layout(greeting, content, footer, choice) };
}

/** Styles stand on each element: mail readers drop everything else. */
function layout(greeting: string, content: MailContent, footer: string, choice: MailContent['links'][number]): string {
  const paragraph = (text: string): string => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`;
  const list = (items: readonly string[]): readonly string[] => (items.length === 0 ? [] : [`<ul style="margin:0 0 16px;padding:0 0 0 24px">${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`]);
  const link = ({ label, url }: MailContent['links'][number], index: number): string =>
    index === 0
      ? `<p style="margin:24px 0 16px"><a href="${escapeHtml(url)}" style="display:inline-block;padding:10px 16px;border-radius:6px;background:#a31f34;color:#ffffff;text-decoration:none">${escapeHtml(label)}</a></p>`
      : `<p style="margin:0 0 16px"><a href="${escapeHtml(url)}" style="color:#a31f34">${escapeHtml(label)}</a></p>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(content.subject)}</title></head>
<body style="margin:0;padding:24px 16px;background:#f4f4f5;color:#1f2328;font:16px/1.5 -apple-system,'Segoe UI',Helvetica,Arial,sans-serif">
<div style="max-width:680px;margin:0 auto;padding:32px;border:1px solid #d8dadd;border-radius:6px;background:#ffffff">
<p style="margin:0 0 24px;font-weight:600">OCW Studio</p>
${[paragraph(greeting), ...content.paragraphs.map(paragraph), ...list(content.items ?? []), ...content.links.map(link)].join('\n')}
</div>
<p style="max-width:680px;margin:16px auto 0;color:#59636e;font-size:12px">${escapeHtml(footer)} <a href="${escapeHtml(choice.url)}" style="color:#59636e">${escapeHtml(choice.label)}</a></p>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
