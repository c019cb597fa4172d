import { ProviderAway, ProviderRefused } from './errors.js'

const TIMEOUT = 10_000
const MOST_BYTES = 1024 * 1024

/**
 * The JSON object that an endpoint of the provider answers with; empty for an answer without a body.
 * @param {string} what for the log, such as `the token endpoint`
 * @param {string} address
 * @param {RequestInit} [init]
 * @returns {Promise<Record<string, unknown>>}
 * @throws {ProviderAway | ProviderRefused}
 */
export async function fetched(what, address, init = {}) {
  const { response, text } = await answerOf(what, address, init)
  const value = parsed(text)
  if (response.ok && (value !== undefined || text === '')) return value ?? {}
  if (response.status >= 400 && response.status < 500 && typeof value?.error === 'string')
    throw new ProviderRefused(`${what} (${response.status})`, {
      error: value.error,
      description: value.error_description,
    })
  throw new ProviderAway(`${what} (${address}) answered ${response.status}${value ? '' : ', not JSON'}`)
}

/** @param {string} what @param {string} address @param {RequestInit} init */
async function answerOf(what, address, init) {
  try {
    const signal = AbortSignal.timeout(TIMEOUT)
    const response = await fetch(address, { ...init, redirect: 'manual', signal })
    return { response, text: await limited(response) }
  } catch (error) {
    const { cause, message } = /** @type {Error} */ (error)
    throw new ProviderAway(
      `${what} (${address}) did not answer: ${cause instanceof Error ? cause.message : message}`,
      error,
    )
  }
}

/** @param {Response} response */
async function limited(response) {
  const chunks = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > MOST_BYTES) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** @param {string} text @returns {Record<string, unknown> | undefined} */
function parsed(text) {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
