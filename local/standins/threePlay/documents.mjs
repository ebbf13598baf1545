// @ts-check
/** What comes of an order: captions as WebVTT, and a transcript as a PDF of one page. */

/** How long each line of the captions is shown, seconds. */
const CUE_SECONDS = 4;

/** @param {number} seconds */
function timeOf(seconds) {
  const ms = Math.round(seconds * 1_000);
  const part = (/** @type {number} */ value, length = 2) => String(value).padStart(length, '0');
  return `${part(Math.floor(ms / 3_600_000))}:${part(Math.floor(ms / 60_000) % 60)}:${part(Math.floor(ms / 1_000) % 60)}.${part(ms % 1_000, 3)}`;
}

/**
 * @param {readonly string[]} lines
 * @param {number} duration seconds
 */
export function captionsOf(lines, duration) {
  const cues = lines.map((line, index) => `${timeOf(Math.min(duration, index * CUE_SECONDS))} --> ${timeOf(Math.min(duration, (index + 1) * CUE_SECONDS))}\n${line.replaceAll('-->', '->')}\n`);
  return `WEBVTT\n\n${cues.join('\n')}`;
}

/**
 * A PDF that any reader opens; characters beyond Latin-1 become question marks, for its font is the reader’s own.
 * @param {string} title
 * @param {readonly string[]} lines
 * @returns {Buffer}
 */
export function transcriptOf(title, lines) {
  const escape = (/** @type {string} */ text) => text.replace(/[^\x20-\x7e\xa0-\xff]/g, '?').replace(/[\\()]/g, '\\$&');
  const drawn = [title, '', ...lines].map((line) => `(${escape(line)}) Tj T*`).join('\n');
  const content = Buffer.from(`BT\n/F1 12 Tf\n15 TL\n72 720 Td\n${drawn}\nET`, 'latin1');
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from('<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>'),
    Buffer.concat([Buffer.from(`<< /Length ${content.length} >>\nstream\n`), content, Buffer.from('\nendstream')]),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>'),
    Buffer.from(`<< /Title (${escape(title)}) /Producer (3Play Media stand-in) >>`, 'latin1'),
  ];
  const chunks = [Buffer.from('%PDF-1.4\n')];
  const places = [];
  let length = chunks[0]?.length ?? 0;
  for (const [index, object] of objects.entries()) {
    const chunk = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    places.push(length);
    chunks.push(chunk);
    length += chunk.length;
  }
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  chunks.push(Buffer.from(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 6 0 R >>\nstartxref\n${length}\n%%EOF\n`));
  return Buffer.concat(chunks);
}
