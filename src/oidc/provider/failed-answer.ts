/** What stays of an answer whose work failed: what says whose answer it is, and who may read it. */
const KEPT = new Set([
  'x-request-id',
  'strict-transport-security',
  'cross-origin-opener-policy',
  'vary',
  'connection',
  'allow',
  'dpop-nonce',
])
const KEPT_FAMILY = /^access-control-/
/** What the work had to say about the error itself. */
const CHALLENGE = 'www-authenticate'

interface Answer {
  res: { getHeaderNames(): string[]; removeHeader(name: string): void }
}

/**
 * An answer that becomes an error begins again: nothing of the work that failed stays in it, neither where it led to nor
 * the cookies that it set nor what it said of its content.
 * @param keep further headers that belong to the error
 */
export function startAgain({ res }: Answer, status: number, keep: RegExp = /^$/): void {
  for (const name of res.getHeaderNames()) {
    const kept = KEPT.has(name) || KEPT_FAMILY.test(name) || keep.test(name) || (name === CHALLENGE && status < 500)
    if (!kept) res.removeHeader(name)
  }
}
