// @ts-check
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GoogleRefusal } from '../googleRefusal.mjs';

/**
 * Sends a file's bytes, or a range of them, as they are read.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {import('./driveStore.mjs').Item} item
 * @param {(start: number, end: number) => import('node:stream').Readable} open
 * @param {number | null} bytesPerSecond as many as the line takes; null is as many as there are
 */
export async function sendMedia(request, response, item, open, bytesPerSecond = null) {
  const size = item.size ?? 0;
  const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
  let [start, end] = [0, size];
  const isPart = range !== null && (range[1] !== '' || range[2] !== '');
  if (isPart) {
    if (range[1] === '') start = Math.max(0, size - Number(range[2]));
    else {
      start = Number(range[1]);
      if (range[2] !== '') end = Math.min(size, Number(range[2]) + 1);
    }
    if (start >= size || end <= start) {
      response.setHeader('content-range', `bytes */${size}`);
      throw new GoogleRefusal(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', { location: 'Range', locationType: 'header' });
    }
  }
  response.writeHead(isPart ? 206 : 200, {
    'content-type': item.mimeType,
    'content-length': String(end - start),
    'content-disposition': 'attachment',
    ...(isPart ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {}),
  });
  if (request.method === 'HEAD') return void response.end();
  // Who goes away in the middle is served no further, and that is all.
  await pipeline(bytesPerSecond === null ? open(start, end) : slowed(open(start, end), bytesPerSecond), response).catch(() => response.destroy());
}

/**
 * The same bytes over a line that takes so many a second.
 * @param {AsyncIterable<Buffer>} bytes
 * @param {number} bytesPerSecond
 */
async function* slowed(bytes, bytesPerSecond) {
  for await (const chunk of bytes) {
    yield chunk;
    await sleep((chunk.length / bytesPerSecond) * 1_000);
  }
}

/**
 * A document as PDF: one page, and as many bytes as it is told to have.
 * @param {string} text
 * @param {number} bytes at least
 */
export function pdfOf(text, bytes) {
  const shown = `BT /F1 12 Tf 72 720 Td (${text.replace(/[^\x20-\x7e]/g, '?').replace(/[\\()]/g, '\\$&').slice(0, 2_000)}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${shown.length} >>\nstream\n${shown}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let pdf = '%PDF-1.4\n';
  const places = objects.map((object, index) => {
    const place = pdf.length;
    pdf += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const tail = (/** @type {number} */ at) => `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`;
  const lacking = bytes - pdf.length - tail(pdf.length).length;
  // A comment fills it up.
  if (lacking > 2) pdf += `%${' '.repeat(lacking - 2)}\n`;
  return Buffer.from(pdf + tail(pdf.length), 'latin1');
}
