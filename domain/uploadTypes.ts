/**
 * What authors may upload: by the end of its name a file says what it is, and its first bytes must agree. The list is short
 * on purpose and the marks are written out: the common library for this (`file-type`) needs Node 22 and knows 200 kinds
 * that no course hands out, and not the one that matters most here, text that is really a web page.
 */

type Mark = 'pdf' | 'png' | 'jpeg' | 'gif' | 'webp' | 'mp3' | 'wav' | 'ogg' | 'isoMedia' | 'matroska' | 'zip' | 'ole' | 'text' | 'vtt' | 'svg';

export interface UploadType {
  /** How it is stored and handed out, whatever the sender calls it. */
  readonly contentType: string;
  readonly mark: Mark;
  /** What people call it. */
  readonly words: string;
  /** What else senders call it. */
  readonly aliases?: readonly string[];
}

const office = (name: string, words: string): UploadType => ({ contentType: `application/vnd.openxmlformats-officedocument.${name}`, mark: 'zip', words, aliases: ['application/zip'] });
const text = (contentType: string, words: string, ...aliases: string[]): UploadType => ({ contentType, mark: 'text', words, aliases: ['text/plain', ...aliases] });

/** By the end of the name, in small letters and without its dot. */
export const uploadTypes: Readonly<Record<string, UploadType>> = {
  pdf: { contentType: 'application/pdf', mark: 'pdf', words: 'a PDF' },
  png: { contentType: 'image/png', mark: 'png', words: 'a PNG picture' },
  jpg: { contentType: 'image/jpeg', mark: 'jpeg', words: 'a JPEG picture', aliases: ['image/jpg', 'image/pjpeg'] },
  jpeg: { contentType: 'image/jpeg', mark: 'jpeg', words: 'a JPEG picture', aliases: ['image/jpg', 'image/pjpeg'] },
  gif: { contentType: 'image/gif', mark: 'gif', words: 'a GIF picture' },
  webp: { contentType: 'image/webp', mark: 'webp', words: 'a WebP picture' },
  svg: { contentType: 'image/svg+xml', mark: 'svg', words: 'an SVG drawing' },
  mp3: { contentType: 'audio/mpeg', mark: 'mp3', words: 'an MP3 recording', aliases: ['audio/mp3'] },
  wav: { contentType: 'audio/wav', mark: 'wav', words: 'a WAV recording', aliases: ['audio/x-wav', 'audio/wave', 'audio/vnd.wave'] },
  ogg: { contentType: 'audio/ogg', mark: 'ogg', words: 'an Ogg recording', aliases: ['application/ogg', 'video/ogg'] },
  m4a: { contentType: 'audio/mp4', mark: 'isoMedia', words: 'an M4A recording', aliases: ['audio/x-m4a', 'audio/m4a'] },
  mp4: { contentType: 'video/mp4', mark: 'isoMedia', words: 'an MP4 film' },
  m4v: { contentType: 'video/mp4', mark: 'isoMedia', words: 'an MP4 film', aliases: ['video/x-m4v'] },
  mov: { contentType: 'video/quicktime', mark: 'isoMedia', words: 'a QuickTime film' },
  webm: { contentType: 'video/webm', mark: 'matroska', words: 'a WebM film', aliases: ['audio/webm'] },
  zip: { contentType: 'application/zip', mark: 'zip', words: 'a ZIP archive', aliases: ['application/x-zip-compressed', 'application/x-zip'] },
  docx: office('wordprocessingml.document', 'a Word document'),
  xlsx: office('spreadsheetml.sheet', 'an Excel sheet'),
  pptx: office('presentationml.presentation', 'a PowerPoint presentation'),
  doc: { contentType: 'application/msword', mark: 'ole', words: 'a Word document' },
  xls: { contentType: 'application/vnd.ms-excel', mark: 'ole', words: 'an Excel sheet' },
  ppt: { contentType: 'application/vnd.ms-powerpoint', mark: 'ole', words: 'a PowerPoint presentation' },
  txt: text('text/plain; charset=utf-8', 'a text'),
  csv: text('text/csv; charset=utf-8', 'a table of values', 'application/vnd.ms-excel'),
  md: text('text/markdown; charset=utf-8', 'a Markdown text', 'text/x-markdown'),
  tex: text('text/plain; charset=utf-8', 'a TeX text', 'application/x-tex', 'text/x-tex'),
  bib: text('text/plain; charset=utf-8', 'a bibliography', 'text/x-bibtex', 'application/x-bibtex'),
  json: text('application/json', 'a JSON file'),
  ipynb: text('application/json', 'a notebook', 'application/x-ipynb+json'),
  py: text('text/plain; charset=utf-8', 'a Python program', 'text/x-python', 'text/x-python-script', 'application/x-python-code'),
  r: text('text/plain; charset=utf-8', 'an R program', 'text/x-r'),
  jl: text('text/plain; charset=utf-8', 'a Julia program', 'text/x-julia'),
  m: text('text/plain; charset=utf-8', 'a MATLAB program', 'text/x-matlab', 'text/x-objcsrc'),
  java: text('text/plain; charset=utf-8', 'a Java program', 'text/x-java', 'text/x-java-source'),
  c: text('text/plain; charset=utf-8', 'a C program', 'text/x-c', 'text/x-csrc'),
  h: text('text/plain; charset=utf-8', 'a C header', 'text/x-c', 'text/x-chdr'),
  cpp: text('text/plain; charset=utf-8', 'a C++ program', 'text/x-c++src', 'text/x-c'),
  srt: text('application/x-subrip; charset=utf-8', 'captions in SRT', 'application/x-subrip'),
  vtt: { contentType: 'text/vtt; charset=utf-8', mark: 'vtt', words: 'captions in WebVTT', aliases: ['text/plain'] },
};

/** As much of a file as its mark needs; a PDF may have some lines before it begins. */
export const SNIFFED_BYTES = 4_096;
/** An SVG is read whole, since it may hold a program anywhere. */
export const MAX_SVG_BYTES = 5 * 1024 * 1024;
/** Longest name that is kept, in characters. */
const MAX_NAME = 120;

/** What the end of a name says; undefined for what cannot be uploaded. */
export function uploadTypeOf(name: string): UploadType | undefined {
  const end = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase();
  return end !== undefined && Object.hasOwn(uploadTypes, end) ? uploadTypes[end] : undefined;
}

/** Whether a sender’s word for a file fits its name; an empty or a general one says nothing against it. */
export function isSaidToBe(type: UploadType, said: string): boolean {
  const bare = (value: string): string => (value.split(';')[0] ?? '').trim().toLowerCase();
  return ['', 'application/octet-stream', bare(type.contentType), ...(type.aliases ?? [])].includes(bare(said));
}

/** Why a name cannot be a file’s; null when it can. */
export function nameFault(name: string): string | null {
  if (/[/\\]/.test(name) || name === '.' || name === '..') return 'A file’s name has no slashes: send its name alone, without the folder it lies in.';
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u.test(name)) return 'The file’s name has characters that cannot be seen. Rename the file and try again.';
  if (name.trim() === '' || /^\.+[^.]*$/.test(name)) return 'The file has no name before its ending. Rename the file and try again.';
  return null;
}

/** The name a file is stored and handed out under: letters, digits, dots, hyphens and underscores, its ending in small letters. */
export function storedName(name: string): string {
  const dot = name.lastIndexOf('.');
  const plain = (part: string): string => part.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^A-Za-z0-9_-]+/g, '-').replace(/-{2,}/g, '-').replace(/^-|-$/g, '');
  const base = plain(name.slice(0, dot)).slice(0, MAX_NAME);
  return `${base === '' ? 'file' : base}.${name.slice(dot + 1).toLowerCase()}`;
}

/** Why the beginning of a file does not fit what its name says; null when it does. */
export function markFault(type: UploadType, head: Uint8Array): string | null {
  return hasMark(type.mark, head) ? null : `The file is not what its name says: it does not begin as ${type.words} does. Save it anew in the right format, or correct its name.`;
}

const ascii = (head: Uint8Array, from: number, to: number): string => String.fromCharCode(...head.subarray(from, to));
const begins = (head: Uint8Array, ...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte);

function hasMark(mark: Mark, head: Uint8Array): boolean {
  switch (mark) {
    case 'pdf':
      return ascii(head, 0, 1_024).includes('%PDF-');
    case 'png':
      return begins(head, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
    case 'jpeg':
      return begins(head, 0xff, 0xd8, 0xff);
    case 'gif':
      return /^GIF8[79]a/.test(ascii(head, 0, 6));
    case 'webp':
      return ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP';
    case 'wav':
      return ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WAVE';
    case 'ogg':
      return ascii(head, 0, 4) === 'OggS';
    case 'mp3':
      // With a tag before it, or a frame at once: eleven set bits, and a layer that is not the reserved one.
      return ascii(head, 0, 3) === 'ID3' || (head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0 && ((head[1] ?? 0) & 0x06) !== 0);
    case 'isoMedia':
      return ['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip'].includes(ascii(head, 4, 8));
    case 'matroska':
      return begins(head, 0x1a, 0x45, 0xdf, 0xa3);
    case 'zip':
      return begins(head, 0x50, 0x4b, 0x03, 0x04) || begins(head, 0x50, 0x4b, 0x05, 0x06);
    case 'ole':
      return begins(head, 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1);
    case 'text':
      return isText(head) && !isMarkup(head);
    case 'vtt':
      return isText(head) && /^\uFEFF?WEBVTT(?:[ \t\r\n]|$)/.test(decode(head));
    case 'svg':
      return isText(head) && /<svg[\s>]/i.test(decode(head)) && !/<(?:html|head|body)[\s>]/i.test(decode(head));
  }
}

/** The beginning of a text; it may end within a character. */
const decode = (head: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(head, { stream: true });

/** Older texts are in Latin-1, so that any byte but the control characters may stand in one. */
function isText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0c || byte === 0x0d || byte === 0x1b) && !begins(head, 0x25, 0x50, 0x44, 0x46);
}

/** What a browser that guesses would show as a page. */
function isMarkup(head: Uint8Array): boolean {
  // A comment ends at its first end: a pattern that could read on would try every way to read many of them.
  return /^[\s\uFEFF]*(?:<!--(?:(?!-->)[\s\S])*-->\s*)*<(?:!doctype|html|head|body|script|svg|iframe|\?xml|h1|div|font|table|a|style|title|b|br|p)\b/i.test(decode(head));
}

const SVG_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/<!(?:doctype|entity)/i, 'a document type'],
  [/<\?xml-stylesheet/i, 'a style sheet from elsewhere'],
  [/<(?:[\w-]+:)?(?:script|foreignObject|iframe|embed|object|handler|listener|set|animate\w*)[\s>/]/i, 'something that runs or changes by itself'],
  [/[ "'/]on[a-z]+ ?=/i, 'something that runs by itself'],
  [/(?:href|src|from|to|values) ?= ?["']? ?(?:j ?a ?v ?a ?s|v ?b ?s|data:(?!image\/(?:png|jpe?g|gif|webp);base64,))/i, 'a link that runs'],
  [/(?:href|src) ?= ?["']? ?(?:https?:|ftp:|\/\/)/i, 'a file from elsewhere'],
  [/@import|url\( ?["']? ?(?![ "']?#)[^) "']/i, 'a file from elsewhere'],
];

const characterOf = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : ' ');

/** Why a drawing is not taken; null when it is only a drawing. A reader who opens it by itself would run what it holds. */
export function svgFault(svg: string): string | null {
  // One space for many: the patterns stay quick, whatever they are shown. A character may also be written as its number.
  const plain = svg.replace(/[\p{Cc}\s]+/gu, ' ');
  const read = plain
    .replace(/&#(x[0-9a-f]{1,6}|[0-9]{1,7});?/gi, (_whole, code: string) => characterOf(/^x/i.test(code) ? Number.parseInt(code.slice(1), 16) : Number(code)))
    .replace(/&(colon|tab|newline|lpar|sol);?/gi, (_whole, name: string) => ({ colon: ':', lpar: '(', sol: '/' })[name.toLowerCase()] ?? ' ');
  const found = SVG_FAULTS.find(([pattern]) => pattern.test(plain) || pattern.test(read));
  return found === undefined ? null : `The drawing holds ${found[1]}. Export it anew as plain SVG, or as PNG.`;
}
