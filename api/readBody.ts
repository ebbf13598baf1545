import type { IncomingMessage } from 'node:http';

/**
 * The whole body of a request, or null when it is larger than `maxBytes`. What is too much is read and dropped, so that the
 * sender gets the answer instead of a broken connection.
 * @throws when the sender goes away before the end.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        resolve(null);
      }
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('The sender went away')));
  });
}
