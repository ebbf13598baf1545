// @ts-check

/**
 * @typedef {object} Envelope
 * @property {Record<string, any>} headers
 * @property {{ headers: Record<string, any>, payload: unknown }[]} items
 */

/**
 * Takes an envelope apart: a line of JSON for itself, then for each item a line of JSON and its payload, whose length the line gives or which ends with its line.
 * @param {Buffer} body
 * @returns {Envelope}
 * @throws {SyntaxError} when it is none
 */
export function readEnvelope(body) {
  let at = 0;
  const line = () => {
    const end = body.indexOf(0x0a, at);
    const found = body.subarray(at, end === -1 ? body.length : end).toString('utf8');
    at = end === -1 ? body.length : end + 1;
    return found;
  };
  const headers = JSON.parse(line());
  /** @type {Envelope['items']} */
  const items = [];
  while (at < body.length) {
    const first = line();
    if (first === '') continue;
    const itemHeaders = JSON.parse(first);
    let payload;
    if (typeof itemHeaders.length === 'number') {
      payload = body.subarray(at, at + itemHeaders.length);
      if (payload.length < itemHeaders.length) throw new SyntaxError('envelope is truncated');
      at += itemHeaders.length;
      if (at < body.length && body[at] === 0x0a) at += 1;
    } else payload = Buffer.from(line());
    const text = payload.toString('utf8');
    items.push({ headers: itemHeaders, payload: itemHeaders.type === 'attachment' ? text : JSON.parse(text) });
  }
  return { headers, items };
}
