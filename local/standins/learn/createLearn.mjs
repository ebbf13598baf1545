// @ts-check
/**
 * The webhook with which the catalogues that list our courses are told of a publish: MIT Learn's, and the older one's. Given
 * a bucket, it then reads the courses it was told of, one after the other, as the live service's import does.
 */
import { escapeHtml, createStandIn, readBody, sendJson } from '../base.mjs';
import { UnreadableCourseError, readCourse } from './readCourse.mjs';

const PATH = '/api/v1/ocw_next_webhook/';

/** @typedef {{ course: import('./readCourse.mjs').Course, readAt: string, times: number }} Ingested */

/** @param {{ webhookKey: string, bucket?: import('./readCourse.mjs').Bucket }} options */
export function createLearn({ webhookKey, bucket }) {
  /** @type {Record<string, unknown>[]} */
  const notices = [];
  /** By address. @type {Map<string, Ingested>} */
  const courses = new Map();
  /** What could not be read, newest last. @type {{ urlPath: string, reason: string, at: string }[]} */
  const skipped = [];
  /** Courses still to be read. */
  let waiting = 0;
  let queue = Promise.resolve();

  /** @param {string} urlPath */
  function enqueue(urlPath) {
    if (bucket === undefined) return;
    waiting += 1;
    queue = queue.then(() => ingest(bucket, urlPath)).finally(() => {
      waiting -= 1;
    });
  }

  /** @param {import('./readCourse.mjs').Bucket} source @param {string} urlPath */
  async function ingest(source, urlPath) {
    try {
      const course = await readCourse(source, urlPath);
      const before = courses.get(urlPath);
      // When nothing at all could be read, the live service keeps what it had.
      const isEmpty = course.pages.length + course.files.length + course.videos.length === 0;
      const kept = isEmpty && before !== undefined ? { ...course, pages: before.course.pages, files: before.course.files, videos: before.course.videos } : course;
      courses.set(urlPath, { course: kept, readAt: new Date().toISOString(), times: (before?.times ?? 0) + 1 });
    } catch (error) {
      // Any trouble skips the course with a line of a log nobody reads; here it is shown.
      const reason = error instanceof UnreadableCourseError ? error.message : `it could not be read: ${error instanceof Error ? error.message : String(error)}`;
      skipped.push({ urlPath, reason, at: new Date().toISOString() });
      if (skipped.length > 1_000) skipped.splice(0, 500);
    }
  }

  const standIn = createStandIn({
    name: 'MIT Learn',
    statePage: () => pageOf([...courses.values()], skipped, notices),
    async handle(request, response, url) {
      if (url.pathname === '/_courses' && request.method === 'GET') return sendJson(response, 200, { waiting, courses: [...courses.values()].map(({ course, ...when }) => ({ ...course, ...when })), skipped });
      const body = await readBody(request);
      if (url.pathname !== PATH || request.method !== 'POST') {
        response.setHeader('x-standin-unexpected', '1');
        return sendJson(response, url.pathname === PATH ? 405 : 404, { detail: url.pathname === PATH ? `Method "${request.method}" not allowed.` : 'Not found.' });
      }
      /** @type {Record<string, unknown>} */
      let content;
      try {
        content = JSON.parse(body.toString('utf8'));
      } catch {
        response.setHeader('x-standin-unexpected', '1');
        return sendJson(response, 500, { detail: 'A server error occurred.' });
      }
      const { webhook_key: key, ...notice } = content;
      // The key is checked by an exception that nobody catches.
      if (key !== webhookKey) return sendJson(response, 500, { detail: 'A server error occurred.' });
      if (notice['version'] !== 'live') return sendJson(response, 200, 'Not a live version, ignoring');
      const uid = notice['unpublished'] === true && typeof notice['site_uid'] === 'string' ? notice['site_uid'] : null;
      const prefixes = prefixesOf(notice);
      if (uid === null && prefixes.length === 0) return sendJson(response, 400, 'Could not determine appropriate action from request');
      notices.push(notice);
      if (notices.length > 50_000) notices.splice(0, 10_000);
      if (uid !== null) {
        // After what was told before: a read that is under way must not bring the course back.
        queue = queue.then(() => {
          for (const [urlPath, { course }] of courses) if (course.runId === uid) courses.delete(urlPath);
        });
      } else for (const prefix of prefixes) enqueue(prefix.replace(/^\/+|\/+$/g, ''));
      sendJson(response, 200, uid !== null ? 'OCW course queued for unpublishing' : 'OCW courses queued for indexing');
    },
  });
  return { ...standIn, notices };
}

/** One address, a list of them, or a text with commas. @param {Record<string, unknown>} notice @returns {string[]} */
function prefixesOf(notice) {
  const given = notice['prefix'] ?? notice['prefixes'];
  const all = Array.isArray(given) ? given : typeof given === 'string' ? given.split(',') : [];
  return all.filter((prefix) => typeof prefix === 'string').map((prefix) => prefix.trim()).filter((prefix) => prefix !== '');
}

/** @param {Ingested[]} courses @param {{ urlPath: string, reason: string, at: string }[]} skipped @param {Record<string, unknown>[]} notices */
function pageOf(courses, skipped, notices) {
  const rows = courses.map(({ course, readAt, times }) => {
    const dropped = course.dropped.length === 0 ? '' : `<tr><td></td><td colspan="5"><details><summary>${course.dropped.length} dropped</summary><ul>${course.dropped.map(({ key, reason }) => `<li>${escapeHtml(key)}: ${escapeHtml(reason)}</li>`).join('')}</ul></details></td></tr>`;
    return `<tr>${[course.readableId, course.title, `${course.pages.length} pages`, `${course.files.length} files`, `${course.videos.length} videos`, `read ${times} times, last ${readAt.slice(11, 19)}`].map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>${dropped}`;
  });
  const lines = [...skipped.slice(-20).reverse().map(({ urlPath, reason, at }) => `${at}  ${urlPath} was skipped: ${reason}`), ...notices.slice(-50).reverse().map((notice) => JSON.stringify(notice))];
  return `<h2>Courses</h2><table>${rows.join('') || '<tr><td>none yet</td></tr>'}</table><h2>Notices, newest first</h2><pre>${escapeHtml(lines.join('\n'))}</pre>`;
}
