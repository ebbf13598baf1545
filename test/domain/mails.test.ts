import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { mailGroupOf, mailGroups } from '#domain/mailGroups.ts';
import { failureMailKinds, type MailKind, mailKinds, mailOf } from '#domain/mails.ts';

const folder = fileURLToPath(new URL('../golden/mails/', import.meta.url));
const config = { studioBaseUrl: 'https://studio.example.edu', mailFooter: 'MIT OpenCourseWare, 77 Massachusetts Avenue, Cambridge, MA 02139, USA.' };
const site = { name: 'Olga', siteName: '6.042j-spring-2015', siteTitle: 'Mathematics & <Computer> Science', version: 'live', url: 'https://ocw.example.edu/courses/6-042j/', runId: '0199f3c0-0000-7000-8000-000000000001' };

const data: Readonly<Record<MailKind, Readonly<Record<string, unknown>>>> = {
  'publish-succeeded': site,
  'publish-failed': { ...site, version: 'draft', reason: 'Hugo could not build the site. content/pages/a.md:3: unclosed shortcode' },
  'approval-asked': { ...site, url: 'https://studio.example.edu/sites/6.042j-spring-2015/reviews/1', askedBy: 'Ed' },
  'publish-scheduled-failed': { ...site, url: 'https://studio.example.edu/sites/6.042j-spring-2015/reviews/1', scheduledAt: '2026-12-01T08:00:00.000Z', reason: 'Something newer was published since.' },
  'mass-publish-finished': { massRunId: '0199f3c0-0000-7000-8000-000000000009', version: 'live', kind: 'publish', state: 'succeeded', summary: '2,570 of 2,571 sites are out, 1 failed.', counts: {} },
  'video-uploaded': { ...site, videoTitle: 'Lecture 1: <Proofs>', url: 'https://www.youtube.com/watch?v=abc' },
  'video-stopped': { ...site, videoTitle: 'Lecture 1: <Proofs>', reason: 'MediaConvert could not transcode the video (error 1030): no picture. Retry to have it tried again, or put a file into Google Drive that it can read.' },
  'captions-ready': { ...site, videoTitle: 'Lecture 1: <Proofs>', reason: 'The captions are those that were put into the site.' },
  'captions-stopped': { ...site, videoTitle: 'Lecture 1: <Proofs>', reason: '3Play cancelled the order of captions: No speech. It costs nothing. Retry this step to order once more, or put captions into Google Drive.' },
  'captions-approval-asked': { ...site, videoTitle: 'Lecture 1: <Proofs>', reason: 'This order costs about $120.00, more than $50.00. Approve it or refuse it.' },
  invited: { ...site, by: 'Olga', role: 'editor' },
  'access-asked': { ...site, by: 'Ed <Sandoval>', byEmail: 'ed@example.edu', message: 'I teach this course <in spring>.' },
  'access-decided': { ...site, state: 'refused', answer: 'Ask again when you have spoken with the instructor.' },
  'owner-changed': { ...site, by: 'Ada', newOwner: 'Sam' },
  'transcode-failed': { ...site, videoTitle: 'Lecture 1: <Proofs>', reason: 'MediaConvert could not transcode the video (error 1030): no picture. Retry to have it tried again, or put a file into Google Drive that it can read.' },
  'captions-cancelled': { ...site, videoTitle: 'Lecture 1: <Proofs>', reason: '3Play cancelled the order of captions: No speech. It costs nothing. Retry this step to order once more, or put captions into Google Drive.' },
  'captions-complete': { ...site, videoTitle: 'Lecture 1: <Proofs>' },
  'drive-problems': { ...site, state: 'succeeded', reason: null, problems: ['notes/lecture <1>.pdf: It is not a PDF.', 'The folder videos_final could not be read, so nothing of it is missed.'], more: 3 },
  'links-broken': { ...site, count: 2, problems: ['A book: https://books.example.org/<gone>', 'https://example.com/a'], more: 0 },
};

// ACCEPT_GOLDEN=1 writes them; the difference is then read.
it.each(mailKinds)('%s reads as it was accepted', (kind) => {
  const mail = mailOf(kind, data[kind], config);
  if (process.env['ACCEPT_GOLDEN'] === '1') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}${kind}.txt`, `Subject: ${mail.subject}\n\n${mail.text}`);
    writeFileSync(`${folder}${kind}.html`, mail.html);
  }
  expect(`Subject: ${mail.subject}\n\n${mail.text}`).toBe(readFileSync(`${folder}${kind}.txt`, 'utf8'));
  expect(mail.html).toBe(readFileSync(`${folder}${kind}.html`, 'utf8'));
});

it('every accepted mail has a template', () => {
  expect(existsSync(folder) && readdirSync(folder).map((name) => name.replace(/\.\w+$/, '')).filter((name) => !(mailKinds as readonly string[]).includes(name))).toEqual([]);
});

it.each([
  ['drive-problems', { ...site, state: 'failed', reason: 'Google Drive does not answer.', problems: [], more: 0 }, 'did not come to its end.\n\nGoogle Drive does not answer.\n\nSee the sync'],
  ['links-broken', { ...site, count: 1, problems: ['https://example.com/a'], more: 0 }, 'one external link of'],
] as const)('%s has other words for other facts', (kind, given, words) => {
  expect(mailOf(kind, given, config).text).toContain(words);
});

it('every mail says where one chooses which mails one gets, and the footer of the installation', () => {
  for (const kind of mailKinds) {
    const mail = mailOf(kind, data[kind], config);
    for (const part of [mail.text, mail.html]) expect(part).toContain('https://studio.example.edu/account/mail');
    for (const part of [mail.text, mail.html]) expect(part).toContain(config.mailFooter);
  }
});

it('what tells of a failure is not told of for ever, and what is asked of a person cannot be switched off', () => {
  expect(failureMailKinds.every((kind) => mailGroupOf(kind) !== null)).toBe(true);
  expect(mailKinds.filter((kind) => mailGroupOf(kind) === null)).toEqual(['approval-asked', 'captions-approval-asked', 'invited', 'access-asked', 'access-decided', 'owner-changed']);
  expect(new Set(mailKinds.flatMap((kind) => mailGroupOf(kind) ?? []))).toEqual(new Set(mailGroups));
});

it('what people typed cannot become markup', () => {
  const mail = mailOf('publish-failed', { ...site, siteTitle: '<img src=x onerror=alert(1)>', reason: '"><script>', url: '' }, config);
  expect(mail.html).not.toMatch(/<(img|script)/);
});
