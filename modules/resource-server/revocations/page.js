import { DIGEST_BYTES } from '../digest-table.js'
import { limitedRequest, ProviderUnavailable } from '../provider/limited-request.js'
import { verifyJwt } from '../tokens/jwt.js'

const TYPE = 'application/token-revocations+jwt'
const RECORD_BYTES = DIGEST_BYTES + 4
/** A page has at most 65,536 records of 20 bytes, encoded twice. */
const LIMIT = 4 * 1024 * 1024
/** Seconds by which the last page may be old: an older one comes from a cache between Gatehouse and this server. */
const FRESH = 120

/** Seconds for which an entry outlives its tokens: clocks may differ, so tokens are accepted a little longer. */
const GRACE = 60

/**
 * @typedef {object} Page
 * @property {number} position what to ask for next
 * @property {boolean} more whether there is more already
 * @property {Buffer} entries
 */

/**
 * A page of the list of revoked access tokens.
 * @param {import('../provider/provider.js').Provider} provider
 * @param {string} url
 * @param {{ after: number, wait: number, seconds: number, issuer: string, now: () => number, signal: AbortSignal }} request
 *   `wait`: seconds for which the provider may wait for something after the position; `seconds`: those beyond them after
 *   which it is given up
 * @returns {Promise<Page>}
 * @throws {ProviderUnavailable} also if the page is not valid
 */
export async function fetchPage(provider, url, { after, wait, seconds, issuer, now, signal }) {
  const address = new URL(url)
  address.searchParams.set('after', String(after))
  if (wait > 0) address.searchParams.set('wait', String(wait))
  const options = { seconds: seconds + wait, limit: LIMIT, signal, background: wait > 0 }
  const body = await limitedRequest(address.href, options)
  const { claims } = await verifyJwt(body.toString().trim(), { types: [TYPE], provider })
  const { iss, iat, after: from, position, more, entries } = claims
  if (iss !== issuer || from !== after) throw new ProviderUnavailable(`${url} answers with another list`)
  if (!isPosition(position) || typeof more !== 'boolean' || (more && position === after))
    throw new ProviderUnavailable(`${url} has no valid position`)
  if (!more && !(typeof iat === 'number' && Math.abs(now() - iat) <= FRESH))
    throw new ProviderUnavailable(`${url} answers with an old list. Check the clocks, and caches in between`)
  const records = Buffer.from(String(entries), 'base64url')
  if (typeof entries !== 'string' || records.length % RECORD_BYTES !== 0)
    throw new ProviderUnavailable(`${url} has no valid entries`)
  return { position, more, entries: records }
}

/**
 * Adds the entries of a page to a table.
 * @param {Page} page
 * @param {import('../digest-table.js').DigestTable} table
 * @param {number} now epoch seconds
 */
export function addEntries({ entries }, table, now) {
  for (let offset = 0; offset < entries.length; offset += RECORD_BYTES)
    table.add(entries, entries.readUInt32BE(offset + DIGEST_BYTES) + GRACE, now, offset)
}

/** @param {unknown} value @returns {value is number} */
function isPosition(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
