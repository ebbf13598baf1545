import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readPdfTitle } from '#activities/readPdfTitle.ts';
import { makePackedPdf, makePdf, withNewTitle } from '../factories/pdf.ts';

const MIB = 1024 ** 2;

/** Reads a file in parts, and counts what was read. */
async function titleOf(pdf: Buffer): Promise<{ isPdf: boolean; title: string | null; bytes: number }> {
  let bytes = 0;
  const told = await readPdfTitle(pdf.length, (start, length) => {
    expect(start).toBeGreaterThanOrEqual(0);
    expect(start + length).toBeLessThanOrEqual(pdf.length);
    bytes += length;
    return Promise.resolve(pdf.subarray(start, start + length));
  });
  return { ...told, bytes };
}
const readTitle = async (pdf: Buffer): Promise<string | null> => (await titleOf(pdf)).title;
const packet = (title: string): string => `<?xpacket begin=""?><x:xmpmeta><rdf:RDF><rdf:Description><dc:title><rdf:Alt><rdf:li xml:lang="x-default">${title}</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>`;

/** A list of where objects are: for each its kind, its place and its number there. */
function packed(number: number, words: string, rows: readonly (readonly [number, number, number])[], paddingBytes = 0, isDeflated = false): Buffer {
  const plain = Buffer.alloc(rows.length * 6 + paddingBytes);
  for (const [index, [kind, place, nth]] of rows.entries()) plain.writeUInt8(nth, plain.writeUInt32BE(place, plain.writeUInt8(kind, index * 6)));
  const bytes = isDeflated ? deflateSync(plain) : plain;
  return Buffer.concat([Buffer.from(`${number} 0 obj\n<< /Type /XRef /Size ${rows.length} /W [1 4 1] ${words} ${isDeflated ? '/Filter /FlateDecode ' : ''}/Length ${bytes.length} >>\nstream\n`), bytes, Buffer.from('\nendstream\nendobj\n')]);
}

describe('the title of a PDF', () => {
  it.each([
    ['(Problem Set 1)', 'Problem Set 1'],
    ['(Sets \\(and \\\\ maps\\) \\101\\\nB)', 'Sets (and \\ maps) AB'],
    ['(Balanced (brackets) stay)', 'Balanced (brackets) stay'],
    ['<50726F626C656D>', 'Problem'],
    ['<FEFF00DC006200750067>', 'Übug'],
    ['<FFFEDC006200750067 00>', 'Übug'],
    ['<4142 5>', 'ABP'],
    ['(A li\\\r\nne goes on)', 'A line goes on'],
    ['% (a comment)\n(Behind a comment)', 'Behind a comment'],
    ['(Named otherwise) /T#69tle (By its name)', 'By its name'],
    ['<EFBBBFC39C>', 'Ü'],
    ['(A \\2057B and \\215quotes\\216)', 'A –7B and “quotes”'],
    ['(  spaced\\n\\000 out )', 'spaced out'],
    ['6 0 R', 'A title that stands elsewhere'],
  ])('written %s is read', async (written, title) => {
    expect(await readTitle(makePdf({ title: written }))).toBe(title);
  });

  it.each([0, 1, 2, 3, 4] as const)('is read from packed objects, whichever filter (%i) their list has', async (filter) => {
    expect(await readTitle(makePackedPdf('(Packed away)', filter))).toBe('Packed away');
  });

  it('is the newest one of a file that was saved again', async () => {
    expect(await readTitle(withNewTitle(withNewTitle(makePdf({ title: '(Old)' }), '(Newer)'), '(Newest)'))).toBe('Newest');
  });

  it('is read where old programs do not look for it, in a list beside the table', async () => {
    const pdf = makePdf();
    const info = Buffer.from('7 0 obj\n<< /Title (Beside the table) >>\nendobj\n');
    const list = packed(8, '/Index [7 1]', [[1, pdf.length, 0]]);
    const end = pdf.length + info.length + list.length;
    const trailer = `xref\n0 0\ntrailer\n<< /Size 9 /Root 1 0 R /Info 7 0 R /XRefStm ${pdf.length + info.length} >>\nstartxref\n${end}\n%%EOF\n`;
    expect(await readTitle(Buffer.concat([pdf, info, list, Buffer.from(trailer)]))).toBe('Beside the table');
  });

  it('is that of its XMP packet when it has no other', async () => {
    expect(await readTitle(makePdf({ xmp: packet('Nuts &amp; bolts &#x2013; 1') }))).toBe('Nuts & bolts – 1');
    expect(await readTitle(makePdf({ title: '(   )', xmp: packet('From the packet') }))).toBe('From the packet');
    expect(await readTitle(makePdf({ title: '(Its own)', xmp: packet('From the packet') }))).toBe('Its own');
  });

  it('takes a few kilobytes to find in a file of any size', async () => {
    const { title, bytes } = await titleOf(makePdf({ title: '(Large)', paddingBytes: 20 * MIB }));
    expect(title).toBe('Large');
    expect(bytes).toBeLessThan(40 * 1024);
  });

  it('is found behind what stands before the file itself', async () => {
    expect(await readTitle(makePdf({ title: '(Behind)', junk: 'HTTP/1.1 200 OK\r\n\r\n' }))).toBe('Behind');
  });

  it('is cut where nobody reads on', async () => {
    expect(await readTitle(makePdf({ title: `(${'long '.repeat(400)})` }))).toHaveLength(499);
  });
});

describe('a PDF without a title that can be read', () => {
  const whole = makePdf({ title: '(A title)' });
  const text = whole.toString('latin1');
  const changed = (from: string | RegExp, to: string): Buffer => Buffer.from(text.replace(from, to), 'latin1');
  const start = Buffer.from('%PDF-1.7\n2 0 obj\n<< /Title (A title) >>\nendobj\n');
  const places = [[0, 0, 0], [0, 0, 0], [1, 9, 0]] as const;
  const ended = (at: number, ...parts: readonly Buffer[]): Buffer => Buffer.concat([start, ...parts, Buffer.from(`startxref\n${at}\n%%EOF\n`)]);
  const half = packed(1, '/Info 2 0 R', places, 17 * MIB);
  const other = packed(1, `/Info 2 0 R /Prev ${start.length}`, places, 17 * MIB);

  it.each([
    ['has none', makePdf()],
    ['is encrypted', makePdf({ title: '(secret)', encrypted: true })],
    ['is cut off', whole.subarray(0, whole.length - 40)],
    ['names a place outside of it', changed(/startxref\n\d+/, 'startxref\n999999')],
    ['names a place where nothing is', changed(/startxref\n\d+/, 'startxref\n3')],
    ['leads in a circle', makePdf({ title: '3 0 R' })],
    ['has a table that goes on and on', changed('/Size 7 ', `/Size 7 /Prev ${/startxref\n(\d+)/.exec(text)?.[1] ?? ''} `)],
    ['has lists in lists in lists', makePdf({ title: '['.repeat(5_000) })],
    ['has a text without an end', makePdf({ title: '(never closed', paddingBytes: 10 * MIB })],
    ['has a stream that unpacks to more than memory has', ended(start.length, packed(1, '/Info 2 0 R', places, 64 * MIB, true))],
    ['has a table of a thousand parts', changed('xref\n0 7', `xref\n${'0 0\n'.repeat(1_000)}0 7`)],
    ['has more lists than one would read', ended(start.length + half.length, half, other)],
  ])('%s', async (why, pdf) => {
    const told = await titleOf(pdf);
    expect(told.isPdf).toBe(true);
    expect(told.title).toBe(why.includes('on and on') ? 'A title' : null);
    expect(told.bytes).toBeLessThan(why.includes('lists than') ? 32 * MIB : 4 * MIB);
  });

  it('is a PDF nevertheless, and what is none is known for it', async () => {
    expect(await titleOf(Buffer.from('<html>Not found</html>'))).toMatchObject({ isPdf: false, title: null });
    expect(await titleOf(Buffer.alloc(0))).toMatchObject({ isPdf: false });
  });

  it('does not hide that the file could not be read', async () => {
    await expect(readPdfTitle(whole.length, (start, length) => (start === 0 ? Promise.resolve(whole.subarray(0, length)) : Promise.reject(new Error('the bucket is away'))))).rejects.toThrow('away');
  });
});
