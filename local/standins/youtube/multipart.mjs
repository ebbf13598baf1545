// @ts-check
import { readBody } from '../base.mjs';
import { GoogleRefusal } from '../googleRefusal.mjs';

/**
 * The two halves of a `multipart/related` upload: what it is, as JSON, and its bytes.
 * @param {import('node:http').IncomingMessage} request
 * @returns {Promise<{ resource: Record<string, any>, type: string, bytes: Buffer }>}
 */
export async function readMultipart(request) {
  const malformed = () => new GoogleRefusal(400, 'badRequest', 'Malformed multipart body.', { unexpected: true });
  const boundary = /^multipart\/related;\s*boundary="?([^";]+)"?/.exec(request.headers['content-type'] ?? '')?.[1];
  const body = await readBody(request);
  if (boundary === undefined) throw malformed();
  const mark = Buffer.from(`--${boundary}`);
  const pieces = [];
  for (let from = body.indexOf(mark), to = body.indexOf(mark, from + 1); from !== -1 && to !== -1; from = to, to = body.indexOf(mark, to + 1)) {
    const piece = body.subarray(from + mark.length + 2, to - 2);
    const end = piece.indexOf('\r\n\r\n');
    if (end === -1) throw malformed();
    pieces.push({ type: /content-type:\s*([^\r\n]+)/i.exec(piece.subarray(0, end).toString('latin1'))?.[1] ?? '', bytes: piece.subarray(end + 4) });
  }
  const [first, second] = pieces;
  if (first === undefined || second === undefined || pieces.length !== 2 || !/^application\/json/.test(first.type)) throw malformed();
  try {
    return { resource: JSON.parse(first.bytes.toString('utf8')), type: second.type, bytes: second.bytes };
  } catch {
    throw malformed();
  }
}
