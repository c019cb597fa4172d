import { isAddress } from '../options.js'
import { Refusal } from '../requests/refusal.js'

/**
 * Where requests below a path of the application go.
 * @typedef {{ prefix: string, origin: URL, basePath: string }} Target
 */

/**
 * @param {string} path @param {string} target
 * @returns {Target}
 */
export function checkedTarget(path, target) {
  if (!/^(\/[\w.-]+)+$/.test(path) || path.split('/').some(segment => /^\.+$/.test(segment)))
    throw new TypeError(
      `forward: the path must be one such as /api, without a slash at the end, not ${JSON.stringify(path)}`,
    )
  if (!isAddress(target))
    throw new TypeError(
      `forward: the target must be an https address such as https://api.example.com (http only on localhost), not ${JSON.stringify(target)}`,
    )
  const origin = new URL(target)
  return { prefix: path, origin, basePath: origin.pathname.replace(/\/$/, '') }
}

/** @param {Target} target @param {string} requested path and query, as in the request line */
export function isBelow({ prefix }, requested) {
  return requested.startsWith(prefix) && /^([/?#]|$)/.test(requested.slice(prefix.length))
}

/**
 * The path at the API for a request below the prefix.
 * @param {Target} target
 * @param {string} requested path and query, as in the request line
 * @throws {Refusal} 400 for a path that leads out of the prefix
 */
export function pathAtTarget({ prefix, basePath }, requested) {
  const rest = requested.slice(prefix.length)
  const [path = ''] = rest.split('?', 1)
  if (/[\\#\p{Cc}]/u.test(rest) || leadsOut(path)) throw new Refusal(400, 'invalid_path', 'The path is not accepted.')
  const at = `${basePath}${rest}`
  return at.startsWith('/') ? at : `/${at}`
}

/** Whether an API could see a segment `..` or `.` in it, however often it decodes, and whatever it does with `;`. @param {string} path */
function leadsOut(path) {
  let decoded = path
  for (let before = ''; before !== decoded; ) {
    before = decoded
    decoded = decoded.replace(/%(25|2e|2f|5c|3b)/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
  }
  return decoded
    .split(/[/\\]/)
    .flatMap(segment => [segment.split(';', 1)[0], segment.replaceAll(';', '')])
    .some(name => name === '.' || name === '..')
}
