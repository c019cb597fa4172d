import type { RelyingParty } from './relying-party.ts'

/** What was issued, and whether it was revoked since. */
export interface Issued {
  token: string
  revoked: boolean
  /** How it was revoked, or to whom it belongs, for messages. */
  how: string
}

const AT_ONCE = 24

/** Does the work for each item, a number of them at the same time. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of left) await work(item)
    }),
  )
}

/** Asks again for what must succeed in the end: a worker may be gone, or a store empty, for a moment. */
export async function insist<T>(work: () => Promise<T | null>, seconds = 60): Promise<T> {
  let problem: unknown
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const done = await work().catch(error => {
      problem = error
      return null
    })
    if (done !== null) return done
  }
  throw new Error(`it never succeeded: ${problem}`)
}

/** JWT access tokens of a machine. */
export async function machineTokens(rp: RelyingParty, count: number, how: string): Promise<Issued[]> {
  const issued: Issued[] = []
  await forEach(Array.from({ length: count }), async () => {
    const { status, body } = await rp.post('/token', { grant_type: 'client_credentials' })
    if (status !== 200) throw new Error(`answered ${status}`)
    issued.push({ token: body.access_token, revoked: false, how })
  })
  return issued
}
