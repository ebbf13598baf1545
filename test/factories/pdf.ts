import { deflateSync } from 'node:zlib';

interface PdfWish {
  /** As the file writes it: `(…)`, `<…>`, or a reference. */
  readonly title?: string;
  readonly encrypted?: boolean;
  /** Bytes of page content before the objects that matter. */
  readonly paddingBytes?: number;
  readonly xmp?: string;
  readonly junk?: string;
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A PDF whose objects are listed in a table, as all programs wrote them once. */
export function makePdf(wish: PdfWish = {}): Buffer {
  const parts: Buffer[] = [bytesOf('%PDF-1.4\n')];
  const offsets: number[] = [];
  const length = (): number => parts.reduce((sum, part) => sum + part.length, 0);
  const add = (body: Buffer | string): void => {
    offsets.push(length());
    parts.push(bytesOf(`${offsets.length} 0 obj\n`), typeof body === 'string' ? bytesOf(body) : body, bytesOf('\nendobj\n'));
  };
  add(`<< /Type /Catalog /Pages 2 0 R${wish.xmp === undefined ? '' : ' /Metadata 4 0 R'} >>`);
  add('<< /Type /Pages /Kids [] /Count 0 >>');
  add(`<< /Producer (A \\(nested (one)\\) producer)${wish.title === undefined ? '' : ` /Title ${wish.title}`} >>`);
  const packet = Buffer.from(wish.xmp ?? '');
  add(Buffer.concat([bytesOf(`<< /Type /Metadata /Subtype /XML /Length ${packet.length} >>\nstream\n`), packet, bytesOf('\nendstream')]));
  const padding = Buffer.alloc(wish.paddingBytes ?? 0, 'q ');
  add(Buffer.concat([bytesOf(`<< /Length ${padding.length} >>\nstream\n`), padding, bytesOf('\nendstream')]));
  add('(A title that stands elsewhere)');
  const table = length();
  parts.push(
    bytesOf(`xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n${offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')}`),
    bytesOf(`trailer\n<< /Size ${offsets.length + 1} /Root 1 0 R /Info 3 0 R${wish.encrypted === true ? ' /Encrypt << /Filter /Standard >>' : ''} >>\nstartxref\n${table}\n%%EOF\n`),
  );
  return Buffer.concat([bytesOf(wish.junk ?? ''), ...parts]);
}

/** The same file with a newer state of its description behind it, as programs save a small change. */
export function withNewTitle(pdf: Buffer, title: string): Buffer {
  const earlier = /[\s\S]*startxref\s+(\d+)/.exec(pdf.toString('latin1'))?.[1] ?? '';
  const number = 6 + [...pdf.toString('latin1').matchAll(/startxref/g)].length;
  const body = `${number} 0 obj\n<< /Title ${title} >>\nendobj\n`;
  return Buffer.concat([pdf, bytesOf(`${body}xref\n${number} 1\n${String(pdf.length).padStart(10, '0')} 00000 n \ntrailer\n<< /Size ${number + 1} /Root 1 0 R /Info ${number} 0 R /Prev ${earlier} >>\nstartxref\n${pdf.length + body.length}\n%%EOF\n`)]);
}

/** A PDF whose objects, and the list of them, are packed into streams, as programs write them today. */
export function makePackedPdf(title: string, filter: 0 | 1 | 2 | 3 | 4): Buffer {
  const inner = [`<< /Type /Catalog /Pages 4 0 R >>`, `<< /Title ${title} >>`];
  const objects = inner.join(' ');
  const head = `1 0 2 ${(inner[0]?.length ?? 0) + 1} `;
  const packed = deflateSync(bytesOf(head + objects));
  const start = bytesOf('%PDF-1.7\n');
  const holder = Buffer.concat([bytesOf(`3 0 obj\n<< /Type /ObjStm /N 2 /First ${head.length} /Filter /FlateDecode /Length ${packed.length} >>\nstream\n`), packed, bytesOf('\nendstream\nendobj\n')]);
  const at = start.length + holder.length;
  const rows = [[0, 0, 0, 255], [2, 0, 3, 0], [2, 0, 3, 1], [1, start.length >> 8, start.length & 255, 0], [0, 0, 0, 0], [1, at >> 8, at & 255, 0]];
  const list = deflateSync(Buffer.concat(rows.map((row, index) => Buffer.from([filter, ...predict(row, rows[index - 1] ?? [0, 0, 0, 0], filter)]))));
  const index = Buffer.concat([bytesOf(`5 0 obj\n<< /Type /XRef /Size 6 /W [1 2 1] /Root 1 0 R /Info 2 0 R /Filter [/FlateDecode] /DecodeParms [<< /Predictor 15 /Columns 4 >>] /Length ${list.length} >>\nstream\r\n`), list, bytesOf('\nendstream\nendobj\n')]);
  return Buffer.concat([start, holder, index, bytesOf(`startxref\n${at}\n%%EOF\n`)]);
}

/** A row as PNG’s filters write it. */
function predict(row: readonly number[], above: readonly number[], filter: number): number[] {
  return row.map((value, at) => {
    const left = row[at - 1] ?? 0;
    const up = above[at] ?? 0;
    const corner = at === 0 ? 0 : (above[at - 1] ?? 0);
    const near = [left, up, corner].sort((a, b) => Math.abs(left + up - corner - a) - Math.abs(left + up - corner - b))[0] ?? 0;
    return (value - ([0, left, up, (left + up) >> 1, near][filter] ?? 0)) & 255;
  });
}
