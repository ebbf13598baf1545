import { pageCheckScript } from './pageCheckScript.ts';

/** What the frame and the studio say to each other begins so. */
const PREFIX = 'studio-preview';

/**
 * What is put into each page of a preview: it tells the studio which page is shown and how far it is scrolled, scrolls where the studio says, opens what
 * leads out of the site in a window of its own, and looks with axe for what readers with a disability would miss when it is asked. It speaks to the studio's origin alone, and hears nothing from any other.
 */
export function previewScript(studioOrigin: string): string {
  const origin = JSON.stringify(studioOrigin).replaceAll('<', '\\u003c');
  return `<script>(() => {
const studio = ${origin};
if (window.parent === window) {
  const note = document.createElement('p');
  note.setAttribute('role', 'note');
  note.style.cssText = 'position:fixed;left:0;bottom:0;z-index:2147483647;margin:0;padding:4px 10px;font:13px/1.4 system-ui,sans-serif;background:#111;color:#fff';
  note.textContent = 'Preview: it may show text that nobody has saved yet.';
  document.body.append(note);
  return;
}
const tell = (kind, more) => window.parent.postMessage({ kind: '${PREFIX}:' + kind, ...more }, studio);
let isAsked = false;
addEventListener('scroll', () => {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => { isAsked = false; tell('scrolled', { y: window.scrollY }); });
}, { passive: true });
const heard = (kind, hear) => addEventListener('message', (event) => {
  if (event.origin === studio && event.source === window.parent && event.data?.kind === '${PREFIX}:' + kind) hear(event.data);
});
heard('scroll', ({ y }) => {
  if (typeof y === 'number') window.scrollTo({ top: y, behavior: 'instant' });
});
${pageCheckScript}
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.origin === location.origin || !/^https?:$/.test(link.protocol) || event.defaultPrevented) return;
  event.preventDefault();
  window.open(link.href, '_blank', 'noopener');
});
const shown = () => tell('shown', { path: location.pathname, title: document.title });
if (document.readyState === 'complete') shown(); else addEventListener('load', shown);
})();</script>`;
}
