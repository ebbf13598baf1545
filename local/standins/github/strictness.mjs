// @ts-check
/**
 * What GitHub refuses before it looks at a request's meaning. The stand-in is stricter in one point: a parameter it does not
 * know, or knows and does not do, is refused instead of ignored, so that nobody relies on what it leaves out.
 */

/** @typedef {'string' | 'boolean' | 'object' | 'array'} Type */
/** @typedef {{ query?: readonly string[], body?: Readonly<Record<string, Type>>, required?: readonly string[] }} Parameters what a route takes */
/** @typedef {{ status: number, message: string } | { status: number, text: string }} Refusal */

const NO_USER_AGENT = 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.\n';

/**
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @returns {Refusal | null}
 */
export function refusalOfHeaders(headers) {
  if ((headers['user-agent'] ?? '') === '') return { status: 403, text: NO_USER_AGENT };
  const accepted = (headers.accept ?? '*/*').split(',').map((part) => part.split(';')[0]?.trim() ?? '');
  if (!accepted.some((type) => type === '' || type === '*/*' || type === 'application/*' || /^application\/(?:json|vnd\.github(?:\.[\w.-]+)?(?:\+json)?)$/.test(type))) {
    return { status: 415, message: `Unsupported 'Accept' header: '${headers.accept ?? ''}'. Must accept 'application/json'.` };
  }
  return null;
}

/**
 * @param {Parameters} takes
 * @param {URLSearchParams} query
 * @param {unknown} body the parsed JSON
 * @returns {Refusal | null}
 */
export function refusalOfParameters(takes, query, body) {
  const faults = [...query.keys()].filter((name) => !(takes.query ?? []).includes(name)).map((name) => `"${name}" is not a permitted key.`);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return invalid(['The request body is not an object.']);
  for (const [name, value] of Object.entries(body)) {
    const type = takes.body?.[name];
    if (type === undefined) faults.push(`"${name}" is not a permitted key.`);
    else if (typeOf(value) !== type) faults.push(`For 'properties/${name}', ${JSON.stringify(value)} is not ${type === 'object' || type === 'array' ? 'an' : 'a'} ${type}.`);
  }
  const missing = (takes.required ?? []).filter((name) => !(name in body)).map((name) => `"${name}"`);
  if (missing.length > 0) faults.push(`${missing.join(', ')} ${missing.length === 1 ? "wasn't" : "weren't"} supplied.`);
  return faults.length === 0 ? null : invalid(faults);
}

/** @param {readonly string[]} faults @returns {Refusal} */
function invalid(faults) {
  return { status: 422, message: `Invalid request.\n\n${faults.join('\n')}` };
}

/** @param {unknown} value */
function typeOf(value) {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}
