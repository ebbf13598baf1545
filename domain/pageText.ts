/** What a reader of a page reads: its title and its text, one line per paragraph, heading, cell or list entry. */
export interface PageText {
  readonly title: string | null;
  readonly lines: readonly string[];
}

/** Elements a browser begins a new line for. */
const BLOCKS = new Set(
  'address article aside blockquote body br caption dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol option p pre search section select summary table tbody td tfoot th thead tr ul video audio iframe'.split(' '),
);
/** Elements whose content nobody reads on the page. */
const UNREAD = new Set(['script', 'style', 'template', 'noscript', 'svg', 'title', 'textarea']);

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', ensp: ' ', emsp: ' ', thinsp: ' ', shy: '', zwnj: '', zwj: '',
  ndash: '–', mdash: '—', hellip: '…', lsquo: '‘', rsquo: '’', sbquo: '‚', ldquo: '“', rdquo: '”', bdquo: '„', laquo: '«', raquo: '»',
  copy: '©', reg: '®', trade: '™', deg: '°', middot: '·', bull: '•', times: '×', divide: '÷', plusmn: '±', minus: '−', micro: 'µ',
  larr: '←', rarr: '→', uarr: '↑', darr: '↓', le: '≤', ge: '≥', ne: '≠', infin: '∞', sum: '∑', pi: 'π', alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ',
  aacute: 'á', agrave: 'à', acirc: 'â', atilde: 'ã', auml: 'ä', aring: 'å', aelig: 'æ', ccedil: 'ç', eacute: 'é', egrave: 'è', ecirc: 'ê', euml: 'ë',
  iacute: 'í', igrave: 'ì', icirc: 'î', iuml: 'ï', ntilde: 'ñ', oacute: 'ó', ograve: 'ò', ocirc: 'ô', otilde: 'õ', ouml: 'ö', oslash: 'ø',
  uacute: 'ú', ugrave: 'ù', ucirc: 'û', uuml: 'ü', szlig: 'ß', sect: '§', para: '¶', euro: '€', pound: '£', yen: '¥', cent: '¢',
};

/** The text of an HTML page as people read it. Every input has one: what is no HTML is text. */
export function pageText(html: string): PageText {
  const lines: string[] = [];
  let line = '';
  let title: string | null = null;
  const endLine = (): void => {
    const text = line.replace(/\s+/g, ' ').trim();
    if (text !== '') lines.push(text);
    line = '';
  };
  let position = 0;
  while (position < html.length) {
    const open = html.indexOf('<', position);
    if (open !== position) line += decoded(html.slice(position, open === -1 ? html.length : open));
    if (open === -1) break;
    if (html.startsWith('<!--', open)) {
      position = endOf(html, '-->', open + 4);
      continue;
    }
    if (!/[a-z/!?]/i.test(html[open + 1] ?? '')) {
      line += '<';
      position = open + 1;
      continue;
    }
    const close = tagEnd(html, open);
    const tag = html.slice(open + 1, close - 1);
    const name = (/^\/?([a-z][a-z0-9-]*)/i.exec(tag)?.[1] ?? '').toLowerCase();
    position = close;
    if (BLOCKS.has(name)) endLine();
    if (name === 'img' && !tag.startsWith('/')) line += imageText(tag);
    if (!UNREAD.has(name) || tag.startsWith('/') || tag.endsWith('/')) continue;
    const end = contentEnd(html, name, close);
    if (name === 'title') title ??= cleaned(html.slice(close, end));
    position = end;
  }
  endLine();
  return { title, lines };
}

/** The position behind the next `mark`, or the end. */
function endOf(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at === -1 ? html.length : at + mark.length;
}

/** The position behind the tag that begins at `open`: a `>` within a quoted value does not end it. */
function tagEnd(html: string, open: number): number {
  let quote = '';
  for (let at = open + 1; at < html.length; at += 1) {
    const character = html[at] as string;
    if (quote !== '') quote = character === quote ? '' : quote;
    // Only a value is quoted: an apostrophe elsewhere in a broken tag does not swallow the page.
    else if ((character === '"' || character === "'") && html[at - 1] === '=') quote = character;
    else if (character === '>') return at + 1;
  }
  return html.length;
}

/** Where the content of an element that began before `from` ends; its end tag is left to be read. */
function contentEnd(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}[\\s/>]`, 'gi');
  end.lastIndex = from;
  return end.exec(html)?.index ?? html.length;
}

function imageText(tag: string): string {
  const alt = /\salt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(tag);
  const text = cleaned(alt?.[1] ?? alt?.[2] ?? alt?.[3] ?? '');
  return text === null ? '' : ` [${text}] `;
}

function cleaned(html: string): string | null {
  const text = decoded(html).replace(/\s+/g, ' ').trim();
  return text === '' ? null : text;
}

function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z][a-z0-9]{1,30}));/gi, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    if (name !== undefined) return ENTITIES[name] ?? ENTITIES[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}
