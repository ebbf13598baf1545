import { request } from 'node:http';

/** A page of a preview as its own port answers it, whatever its host resolves to. */
export function lookAtPreview(address: string): Promise<{ readonly status: number; readonly text: string }> {
  const url = new URL(address);
  return new Promise((resolve, reject) => {
    const asking = request({ host: 'localhost', port: url.port, path: `${url.pathname}${url.search}`, headers: { host: url.host } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
    });
    asking.on('error', reject);
    asking.end();
  });
}
