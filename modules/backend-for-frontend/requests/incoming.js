import { tooLarge } from './refusal.js'

/**
 * A request, in the form that every framework's adapter gives it.
 * @typedef {object} Incoming
 * @property {string} method
 * @property {string} target path and query, as in the request line
 * @property {(name: string) => string | undefined} header
 * @property {() => Iterable<[name: string, value: string]>} headers all of them
 * @property {boolean} hasBody
 * @property {() => AsyncIterable<Uint8Array>} body
 * @property {unknown} parsed the body that the application's own middleware has read already, if it has
 * @property {() => AbortSignal | undefined} closed a signal that aborts when the browser has left
 */

const MOST_OF_A_FORM = 64 * 1024

/** @param {Incoming} request */
export function pathOf({ target }) {
  return target.split('?', 1)[0] ?? ''
}

/** @param {Incoming} request */
export function queryOf({ target }) {
  const at = target.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : target.slice(at + 1))
}

/**
 * The fields of a form, of which a duplicate counts as none.
 * @param {Incoming} request
 * @returns {Promise<(name: string) => string | undefined>}
 */
export async function readForm(request) {
  if (typeof request.parsed === 'object' && request.parsed !== null) {
    const fields = new Map(Object.entries(request.parsed))
    return name => textOrNothing(fields.get(name))
  }
  const chunks = []
  let length = 0
  for await (const chunk of request.body()) {
    length += chunk.byteLength
    if (length > MOST_OF_A_FORM) throw tooLarge(MOST_OF_A_FORM)
    chunks.push(chunk)
  }
  const fields = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
  return name => (fields.getAll(name).length === 1 ? textOrNothing(fields.get(name)) : undefined)
}

/** @param {unknown} value */
function textOrNothing(value) {
  return typeof value === 'string' ? value : undefined
}
