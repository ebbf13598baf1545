// @ts-check
import { escapeHtml } from '../base.mjs';

const STYLE = `
:root{color-scheme:light dark;--ground:#f4f4f2;--card:#fff;--text:#1d1d1f;--quiet:#5b5b60;--line:#d9d9d6;--accent:#a31f34;--hover:#f7f1f2}
@media (prefers-color-scheme:dark){:root{--ground:#161617;--card:#1f1f21;--text:#f0f0f0;--quiet:#b0b0b6;--line:#3a3a3d;--accent:#f0899a;--hover:#2a2326}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 16px;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:440px;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:28px 28px 24px}
.place{margin:0 0 4px;color:var(--quiet);font-size:14px}
h1{margin:0 0 8px;font-size:28px;line-height:1.2;letter-spacing:-.01em}
h2{margin:24px 0 8px;padding-top:20px;border-top:1px solid var(--line);font-size:16px}
p{margin:0 0 16px}.quiet{color:var(--quiet);font-size:14px}
ul{list-style:none;margin:0;padding:0;display:grid;gap:8px}
.person{display:grid;grid-template-columns:40px 1fr;gap:12px;align-items:center;width:100%;padding:10px 12px;text-align:left;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:6px;cursor:pointer}
.person:hover{background:var(--hover);border-color:var(--accent)}
.person b{display:block;font-weight:600}.person span span{display:block;color:var(--quiet);font-size:14px;overflow-wrap:anywhere}
.initial{display:grid;place-items:center;width:40px;height:40px;border-radius:50%;background:var(--ground);border:1px solid var(--line);font-weight:600}
label{display:block;margin:0 0 12px;font-size:14px;font-weight:600}
input{display:block;width:100%;margin-top:4px;padding:9px 10px;font:inherit;font-weight:400;color:inherit;background:var(--card);border:1px solid #85858a;border-radius:6px}
.go{padding:9px 16px;font:inherit;font-weight:600;color:var(--card);background:var(--accent);border:0;border-radius:6px;cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
[role=alert]{padding:8px 12px;border-left:4px solid var(--accent);background:var(--hover);font-size:14px}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}`;

/** @param {string} title @param {string} body */
function page(title, body) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)} – Identity provider (local)</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><main><p class="place">Identity provider, on this machine</p>${body}</main></body></html>
`;
}

/**
 * Whom to sign in as: one button per person, and a form for any other address.
 * @param {object} options
 * @param {string} options.action @param {string} options.execution @param {string} options.service who asks
 * @param {readonly import('./people.mjs').Person[]} options.people
 * @param {string} [options.fault] what was wrong with the address
 */
export function pickerPage({ action, execution, service, people, fault }) {
  const hidden = `<input type="hidden" name="execution" value="${escapeHtml(execution)}">`;
  const buttons = people.map(
    (person) =>
      `<li><button class="person" name="person" value="${escapeHtml(person.name)}" data-person="${escapeHtml(person.name)}"><span class="initial" aria-hidden="true">${escapeHtml(person.displayName.slice(0, 1))}</span><span><b>${escapeHtml(person.displayName)}</b><span>${escapeHtml(person.email)}</span><span>${escapeHtml(person.about)}</span></span></button></li>`,
  );
  return page(
    'Sign in',
    `<h1>Sign in</h1><p><strong>${escapeHtml(service)}</strong> asks who you are. Pick a fictional person; there are no passwords here.</p>
<form method="post" action="${escapeHtml(action)}">${hidden}<ul>${buttons.join('')}</ul></form>
<h2>Another e-mail address</h2>
<form method="post" action="${escapeHtml(action)}">${hidden}
${fault === undefined ? '' : `<p role="alert" id="fault">${escapeHtml(fault)}</p>`}
<label>E-mail address<input name="email" type="email" required maxlength="254" autocomplete="email"${fault === undefined ? '' : ' aria-describedby="fault" aria-invalid="true"'}></label>
<label>Name (optional)<input name="displayName" maxlength="200" autocomplete="name"></label>
<button class="go" data-action="sign-in">Sign in</button></form>`,
  );
}

/**
 * Carries the response to the service provider by the person's browser; without scripts by a button.
 * @param {{ consumer: string, response: string, relayState: string | null }} options
 */
export function postingPage({ consumer, response, relayState }) {
  return page(
    'Signing in',
    `<h1>Signing in …</h1><form method="post" action="${escapeHtml(consumer)}"><input type="hidden" name="SAMLResponse" value="${escapeHtml(response)}">${relayState === null ? '' : `<input type="hidden" name="RelayState" value="${escapeHtml(relayState)}">`}
<noscript><p>This page goes on by itself only with scripts.</p></noscript><button class="go">Continue</button></form><script>document.forms[0].submit()</script>`,
  );
}

/** @param {{ title: string, text: string, detail: string }} options */
export function errorPage({ title, text, detail }) {
  return page(title, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p><p class="quiet">For whoever sets this up: <code>${escapeHtml(detail)}</code></p>`);
}
