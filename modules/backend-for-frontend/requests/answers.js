import { createHash } from 'node:crypto'

/**
 * What is sent to the browser, before a framework's adapter gives it its own form.
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string | string[]>} headers
 * @property {string | import('node:stream').Readable} body
 */

const ALWAYS = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
const STYLE =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}a{margin-right:1rem}'
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')
const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** @typedef {{ status?: number, cookies?: string[], headers?: Record<string, string> }} Details */

/** @param {unknown} value @param {Details} [details] @returns {Answer} */
export function json(value, { status = 200, cookies = [], headers = {} } = {}) {
  const type = { 'content-type': 'application/json; charset=utf-8' }
  return { status, headers: { ...ALWAYS, ...type, ...headers, ...setting(cookies) }, body: JSON.stringify(value) }
}

/** After a POST the browser follows with a GET. @param {string} location @param {Details} [details] @returns {Answer} */
export function redirect(location, { status = 303, cookies = [] } = {}) {
  return { status, headers: { ...ALWAYS, location, ...setting(cookies) }, body: '' }
}

/** @param {number} status @param {Record<string, string>} [headers] @returns {Answer} */
export function empty(status, headers = {}) {
  return { status, headers: { ...ALWAYS, ...headers }, body: '' }
}

/** @param {import('./refusal.js').Refusal} refusal @returns {Answer} */
export function refused(refusal) {
  return json(refusal.body, { status: refusal.status, headers: refusal.headers })
}

/**
 * A page without scripts, for a person whose sign-in failed.
 * @param {{ title: string, text: string, links: [text: string, href: string][] }} content
 * @param {Details} [details]
 * @returns {Answer}
 */
export function page({ title, text, links }, { status = 400, cookies = [] } = {}) {
  const anchors = links.map(([words, href]) => `<a href="${escaped(href)}">${escaped(words)}</a>`).join('\n')
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(text)}</p>
<p>${anchors}</p>
</main>
</body>
</html>
`
  const type = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY }
  return { status, headers: { ...ALWAYS, ...type, ...setting(cookies) }, body }
}

/** @param {string[]} cookies @returns {Record<string, string[]>} */
function setting(cookies) {
  return cookies.length > 0 ? { 'set-cookie': cookies } : {}
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
