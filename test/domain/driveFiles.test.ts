import { describe, expect, it } from 'vitest';
import { compareDriveFiles, type DriveChange, isGoogleDocument, isMassDeletion, keyFor, keyPrefixOf, type KnownDriveFile, type ListedDriveFile, resourceFilename, resourceTitle, resourceTypeOf, skipReasonOf, splitName, trackNameOf } from '#domain/driveFiles.ts';

const MD5 = 'a'.repeat(32);
const listed = (id: string, given: Partial<ListedDriveFile> = {}): ListedDriveFile => ({ id, folder: 'files_final', path: '', folderIds: [], name: `${id}.pdf`, mimeType: 'application/pdf', md5: MD5, size: 10, modifiedAt: '2026-01-01T00:00:00.000Z', downloadLink: 'https://x', isShortcut: false, ...given });
const known = (fileId: string, given: Partial<KnownDriveFile> = {}): KnownDriveFile => ({ fileId, folder: 'files_final', path: '', name: `${fileId}.pdf`, modifiedAt: '2026-01-01T00:00:00.000Z', storedMd5: MD5, state: 'complete', itemId: 'item', ...given });
const google = (kind: string): string => `application/vnd.google-apps.${kind}`;

describe('a file in a synced folder', () => {
  it.each([
    ['a PDF', {}, null],
    ['a video among the videos', { folder: 'videos_final', mimeType: 'video/mp4' }, null],
    ['a video among the files', { mimeType: 'video/mp4' }, null],
    ['an empty file', { size: 0 }, null],
    ['a PDF among the videos', { folder: 'videos_final' }, 'NoVideo'],
    ['captions among the videos', { folder: 'videos_final', mimeType: 'text/vtt' }, 'NoVideo'],
    ['a document of Google’s', { mimeType: google('document'), md5: null, size: null, downloadLink: null }, null],
    ['a presentation of Google’s', { mimeType: google('presentation'), md5: null, size: null, downloadLink: null }, null],
    ['a form', { mimeType: google('form'), md5: null, size: null, downloadLink: null }, 'Export'],
    ['a document of Google’s among the videos', { folder: 'videos_final', mimeType: google('document'), md5: null }, 'NoVideo'],
    ['a shortcut', { isShortcut: true, mimeType: google('shortcut'), md5: null }, 'Shortcut'],
    ['what has no sum', { md5: null }, 'NoContent'],
    ['what has no size', { size: null }, 'NoContent'],
    ['what may not be downloaded', { downloadLink: null }, 'NotDownloadable'],
  ] as const)('%s', (_what, given, code) => {
    const reason = skipReasonOf(listed('f', given));
    expect(reason?.code ?? null).toBe(code);
    // Each says what to do.
    if (reason !== null) expect(reason.message).toMatch(/^\p{Lu}.+\. (Put|Move|Download|Upload|Allow) .+\.$/u);
  });

  it('is exported only where Google makes a PDF of it', () => {
    expect(['document', 'spreadsheet', 'presentation', 'drawing', 'form', 'folder'].map((kind) => isGoogleDocument(google(kind)))).toEqual([true, true, true, true, false, false]);
  });
});

describe('the key of a file', () => {
  const site = { name: '18-065-spring-2018', rootPath: '/courses/' };
  it.each([
    [{ fileId: 'f1', folder: 'files_final', mimeType: 'application/pdf' }, 'courses/18-065-spring-2018/'],
    [{ fileId: 'f1', folder: 'files_final', mimeType: 'video/mp4' }, 'courses/18-065-spring-2018/'],
    [{ fileId: 'f1', folder: 'videos_final', mimeType: 'video/mp4' }, 'gdrive_uploads/18-065-spring-2018/f1/'],
  ] as const)('begins where %j belongs', (file, prefix) => {
    expect(keyPrefixOf(file, site, 'gdrive_uploads')).toBe(prefix);
  });

  it('of a site whose starter has no root begins with its name', () => {
    expect(keyPrefixOf({ fileId: 'f', folder: 'files_final', mimeType: 'x/y' }, { name: 'a', rootPath: '' }, 'p')).toBe('a/');
  });

  it.each([
    ['file.png', 'p/file.png'],
    ['Lecture 1: Vectors.PDF', 'p/lecture-1-vectors.pdf'],
    ['archive.tar.gz', 'p/archivetar.gz'],
    ['Übung 3.pdf', 'p/übung-3.pdf'],
    ['ﬁle.pdf', 'p/file.pdf'],
    ['README', 'p/readme'],
    ['.htaccess', 'p/htaccess'],
    ['---.pdf', 'p/file.pdf'],
    ['a.b?c=d', 'p/a.bcd'],
    ['../../x.pdf', 'p/x.pdf'],
  ])('of ‘%s’ is %s', (name, key) => {
    expect(keyFor('p/', name, () => false)).toBe(key);
  });

  it('is the first that is free, with its number before the extension', () => {
    const taken = new Set(['p/file.png', 'p/file2.png', 'p/file4.png']);
    expect(keyFor('p/', 'File.PNG', (key) => taken.has(key))).toBe('p/file3.png');
  });
});

it.each([
  ['a.pdf', 'a', '.pdf'],
  ['a.b.c', 'a.b', '.c'],
  ['a', 'a', ''],
  ['.a', '.a', ''],
  ['a.', 'a', '.'],
])('‘%s’ is ‘%s’ and ‘%s’', (name, base, extension) => {
  expect(splitName(name)).toEqual({ base, extension });
});

describe('a resource', () => {
  it.each([
    ['image/png', 'a.png', 'files_final', 'Image'],
    ['video/mp4', 'a.mp4', 'videos_final', 'Video'],
    ['video/mp4', 'a.mp4', 'files_final', 'Other'],
    ['text/vtt', 'a.vtt', 'files_final', 'Other'],
    ['text/plain', 'a.webvtt', 'files_final', 'Other'],
    ['text/x-matlab', 'a.m', 'files_final', 'Document'],
    ['application/octet-stream', 'a.DOCX', 'files_final', 'Document'],
    ['application/pdf', 'a.pdf', 'files_final', 'Document'],
    ['application/zip', 'a.zip', 'files_final', 'Other'],
    ['application/pdf', 'a', 'files_final', 'Other'],
  ] as const)('of %s ‘%s’ in %s is %s', (mimeType, name, folder, type) => {
    expect(resourceTypeOf({ mimeType, name, folder })).toBe(type);
  });

  it.each([
    ['word.docx', [], 'word_docx'],
    ['word.docx', ['word_docx', 'word_docx2'], 'word_docx3'],
    ['Lecture 1.PDF', [], 'lecture-1_pdf'],
    ['index', [], 'index-resource'],
    ['_index', [], 'index-resource'],
    ['index.html', [], 'index-resource_html'],
    ['---', [], 'resource'],
    [`${'x'.repeat(200)}.pdf`, [], 'x'.repeat(125)],
  ] as const)('of ‘%s’ beside %j is ‘%s’', (name, taken, filename) => {
    expect(resourceFilename(name, (candidate) => (taken as readonly string[]).includes(candidate))).toBe(filename);
  });

  it.each([
    ['a.pdf', null, 'a.pdf'],
    ['a.pdf', '  ', 'a.pdf'],
    ['a.pdf', ' Problem Set 1 ', 'Problem Set 1'],
    ['lec1_Transcript.pdf', 'Microsoft Word', 'lec1_Transcript.pdf'],
    ['lec1_transcript-fr.pdf', 'X', 'lec1_transcript-fr.pdf'],
  ])('of ‘%s’ with the PDF title %j is called ‘%s’', (name, pdfTitle, title) => {
    expect(resourceTitle(name, pdfTitle)).toBe(title);
  });

  it.each([
    ['lec1_captions.vtt', { kind: 'captions', base: 'lec1', language: null, locale: null }],
    ['lec1_captions-FR.webvtt', { kind: 'captions', base: 'lec1', language: 'fr', locale: null }],
    ['lec 1_transcript-pt-br.PDF', { kind: 'transcript', base: 'lec 1', language: 'pt', locale: 'BR' }],
    ['a_captions_transcript.pdf', { kind: 'transcript', base: 'a_captions', language: null, locale: null }],
    ['lec1_captions.srt', null],
    ['lec1_captions.pdf', null],
    ['lec1_transcript.vtt', null],
    ['_captions.vtt', null],
    ['captions.vtt', null],
    ['lec1_captions-english.vtt', null],
  ])('‘%s’ belongs to a video: %j', (name, track) => {
    expect(trackNameOf(name)).toEqual(track);
  });
});

describe('a listing against what is known', () => {
  const kindOf = (change: DriveChange | undefined): string => (change?.kind === 'replaced' ? `replaced ${change.replaces}` : change?.kind ?? '');
  const kinds = (files: readonly ListedDriveFile[], rows: readonly KnownDriveFile[], isComplete = true): string[] => compareDriveFiles(files, rows, isComplete).changes.map(kindOf);

  it.each([
    ['nobody knows it', listed('f'), [], 'new'],
    ['it is as it was', listed('f'), [known('f')], 'unchanged'],
    ['it has other bytes', listed('f', { md5: 'b'.repeat(32) }), [known('f')], 'changed'],
    ['it was stored and then changed before its resource was there', listed('f'), [known('f', { storedMd5: 'b'.repeat(32) })], 'changed'],
    ['it has another name', listed('f', { name: 'g.pdf' }), [known('f')], 'renamed'],
    ['it was moved to another folder', listed('f', { path: 'week 1' }), [known('f')], 'renamed'],
    ['it was moved from the videos', listed('f'), [known('f', { folder: 'videos_final' })], 'renamed'],
    ['it has other bytes and another name', listed('f', { name: 'g.pdf', md5: 'b'.repeat(32) }), [known('f')], 'changed'],
    ['a worker died while it was copied', listed('f'), [known('f', { state: 'streaming' })], 'changed'],
    ['a worker died before its resource was made', listed('f'), [known('f', { state: 'stored' })], 'changed'],
    ['it failed', listed('f'), [known('f', { state: 'failed' })], 'changed'],
    ['it was skipped and can be taken now', listed('f'), [known('f', { state: 'skipped' })], 'new'],
    ['it came back from the trash', listed('f'), [known('f', { state: 'trashed' })], 'new'],
    ['Drive says another time of the same bytes', listed('f', { modifiedAt: '2026-02-01T00:00:00.000Z' }), [known('f')], 'unchanged'],
    ['it is a document of Google’s as it was', listed('f', { mimeType: google('document'), md5: null }), [known('f')], 'unchanged'],
    ['it is a document of Google’s that was edited', listed('f', { mimeType: google('document'), md5: null, modifiedAt: '2026-02-01T00:00:00.000Z' }), [known('f')], 'changed'],
    ['it cannot be taken any more', listed('f', { downloadLink: null }), [known('f')], 'skipped'],
    ['it stands in for one that is gone', listed('g', { name: 'f.pdf' }), [known('f')], 'replaced f'],
    ['one of its name was in another folder', listed('g', { name: 'f.pdf', path: 'week 1' }), [known('f')], 'new'],
    ['one of its name was in the trash already', listed('g', { name: 'f.pdf' }), [known('f', { state: 'trashed' })], 'new'],
  ] as const)('%s', (_what, file, rows, kind) => {
    expect(kinds([file], rows)).toEqual([kind]);
  });

  it('takes a name that stands twice for two files', () => {
    expect(kinds([listed('g', { name: 'f.pdf' }), listed('h', { name: 'f.pdf' })], [known('f')])).toEqual(['new', 'new']);
    expect(kinds([listed('g', { name: 'f.pdf' })], [known('f'), known('e', { name: 'f.pdf' })])).toEqual(['new']);
    expect(kinds([listed('f'), listed('g', { name: 'f.pdf' })], [known('f')])).toEqual(['unchanged', 'new']);
  });

  it('misses what is not listed, and not what was replaced or is in the trash', () => {
    const { missing, needsConfirmation } = compareDriveFiles([listed('a'), listed('new', { name: 'c.pdf' })], [known('a'), known('b'), known('c'), known('d', { state: 'trashed' })], true);
    expect(missing).toEqual(['b']);
    expect(needsConfirmation).toBe(false);
  });

  it('that is not complete misses nothing and replaces nothing', () => {
    const rows = Array.from({ length: 40 }, (_, index) => known(`f${index}`));
    expect(compareDriveFiles([], rows, false)).toEqual({ changes: [], missing: [], needsConfirmation: false });
    expect(kinds([listed('g', { name: 'f1.pdf' })], rows, false)).toEqual(['new']);
  });

  it.each([
    [10, 10, false],
    [11, 11, true],
    [11, 40, true],
    [11, 44, false],
    [12, 44, true],
    [500, 2_000, false],
    [501, 2_000, true],
    [0, 0, false],
  ])('with %i of %i missing asks a person: %s', (missing, total, asks) => {
    expect(isMassDeletion(missing, total)).toBe(asks);
    const rows = Array.from({ length: total }, (_, index) => known(`f${index}`));
    expect(compareDriveFiles(rows.slice(missing).map((row) => listed(row.fileId)), rows, true).needsConfirmation).toBe(asks);
  });

  it('counts what was decided before neither as lost nor as there', () => {
    const rows = [...Array.from({ length: 11 }, (_, index) => known(`f${index}`)), ...Array.from({ length: 100 }, (_, index) => known(`d${index}`, { isDecided: true }))];
    expect(compareDriveFiles([], rows, true)).toMatchObject({ missing: { length: 111 }, needsConfirmation: true });
    expect(compareDriveFiles([listed('f0')], rows, true).needsConfirmation).toBe(false);
  });

  it('counts what was skipped neither as lost nor as there', () => {
    const rows = [...Array.from({ length: 11 }, (_, index) => known(`f${index}`)), ...Array.from({ length: 100 }, (_, index) => known(`s${index}`, { state: 'skipped' }))];
    const compared = compareDriveFiles([], rows, true);
    expect(compared.missing).toHaveLength(111);
    expect(compared.needsConfirmation).toBe(true);
  });
});
