/** A parameter that a request had; `value` is null where it is not shown. */
export interface Sent {
  name: string
  value: string | null
}

/** Parameters of words that are no secret: each word is shown that looks like one. */
const WORDS = new Set([
  ...['response_type', 'response_mode', 'grant_type', 'scope', 'prompt', 'display', 'max_age', 'acr_values'],
  ...['code_challenge_method', 'token_type_hint', 'client_assertion_type', 'ui_locales', 'decision', 'limit', 'kind'],
])
const ADDRESSES = new Set(['redirect_uri', 'post_logout_redirect_uri', 'resource'])

/** Parameters whose names alone are shown. An unknown name could be a secret that was sent in its place. */
const NAMES = new Set([
  ...['code', 'code_challenge', 'code_verifier', 'state', 'nonce', 'client_secret', 'client_assertion', 'claims'],
  ...['refresh_token', 'access_token', 'token', 'id_token_hint', 'login_hint', 'logout_hint', 'request', 'request_uri'],
  ...['username', 'password', 'dpop_jkt', 'iss', 'error', 'audience', 'email', 'name', 'csrf', 'next', 'current'],
  ...['challenge_token', 'response', 'trust', 'after', 'search', 'group', 'success', 'actor', 'subject', 'target'],
  ...['since', 'until', 'recovery-code'],
])

const WORD = /^[\w.:/+-]{1,100}$/
/** An ID that an operator chose or Gatehouse made, or the address of a client ID metadata document. */
const ID = /^([\w.~-]{1,100}|https:\/\/[\w.:/~-]{1,300})$/
/** The parts of an address (RFC 3986, appendix B). */
const ADDRESS = /^([a-z][a-z\d+.-]*:)(\/\/)?([^/?#@]*@)?([^?#]*)(\?[^#]*)?(#.*)?$/is
/** Our own secrets (`newSecret`), the segments of a JWT, and email addresses. */
const SECRET = /[\w-]{43,}|eyJ[\w-]{8,}|(?<![\p{L}\p{N}._+-])[\p{L}\p{N}._+-]+(@|%40)[\p{L}\p{N}.-]+/giu
/** Shorter values of parameters that are not shown are not looked for in other texts. */
const SHORTEST = 6

/** What a request sent, without anything secret. */
export class SentParameters {
  readonly shown: Sent[]
  /** The number of parameters with unknown names. */
  readonly others: number
  readonly #hidden: string[]

  /** @param given the values of each parameter @param authorization the header of that name, or empty @param body JSON */
  constructor(given: readonly (readonly [name: string, value: string])[], authorization: string, body: unknown) {
    const known = given.filter(([name]) => isKnown(name))
    const hidden = [
      ...given.filter(([name, value]) => shownValue(name, value) === null).map(([, value]) => value),
      ...given.filter(([name]) => !isKnown(name)).map(([name]) => name),
      ...credentials(authorization),
      ...textsIn(body),
    ]
    this.#hidden = [...new Set(hidden)].filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length)
    this.others = given.length - known.length
    const sent = known.map(([name, value]) => ({ name, value: shownValue(name, value) }))
    const header = authorization === '' ? [] : [{ name: 'Authorization header', value: scheme(authorization) }]
    const json = body === undefined ? [] : [{ name: 'JSON body', value: null }]
    this.shown = [...header, ...json, ...sent].map(({ name, value }) => ({ name, value: value && this.clean(value) }))
  }

  /** A text about the request, without what is not shown of it. */
  clean(text: string): string {
    const without = this.#hidden.reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
    return without.replace(SECRET, '…').replace(/\p{C}/gu, ' ')
  }
}

function isKnown(name: string): boolean {
  return name === 'client_id' || WORDS.has(name) || ADDRESSES.has(name) || NAMES.has(name)
}

function shownValue(name: string, value: string): string | null {
  if (name === 'client_id') return ID.test(value) ? value : null
  if (ADDRESSES.has(name)) return shownAddress(value)
  if (!WORDS.has(name)) return null
  const words = value.split(' ').map(word => (WORD.test(word) ? word : '…'))
  return words.join(' ')
}

/** An address without user name, query and fragment, which may carry secrets; null if it is none. */
export function shownAddress(text: string): string | null {
  const [, scheme, slashes = '', user, place, query, fragment] = ADDRESS.exec(text) ?? []
  if (scheme === undefined) return null
  return `${scheme}${slashes}${user ? '…@' : ''}${place}${query ? '?…' : ''}${fragment ? '#…' : ''}`
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

function scheme(authorization: string): string {
  const [name = ''] = authorization.split(' ', 1)
  return /^(basic|bearer|dpop)$/i.test(name) ? `${name} …` : '…'
}

function credentials(authorization: string): string[] {
  const [, value = ''] = /^\S+ +(.*)$/.exec(authorization) ?? []
  const decoded = Buffer.from(value, 'base64').toString()
  return [authorization, value, decoded.slice(decoded.indexOf(':') + 1)]
}
