/** The proof that each email came, and came once. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MailHost } from './mail-host.ts'

export interface Delivery {
  /** people who got an email */
  arrived: number
  lost: number
  /** emails beyond the first to the same person, and emails to nobody who registered */
  surplus: number
  /** until the last one came */
  seconds: number
}

/** Milliseconds: the queue looks for emails whose time has come every 5 s, so what comes twice comes within this. */
const AFTERWARDS = 12_000

/** Waits until everyone has an email, at most so many seconds, and then a little for emails too many. */
export async function delivery(host: MailHost, people: readonly string[], patience: number): Promise<Delivery> {
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1000
  const reached = async () => {
    const got = new Set(await host.arrivals())
    return people.filter(person => got.has(person)).length
  }
  while ((await reached()) < people.length && seconds() < patience) await sleep(500)
  const taken = seconds()
  await sleep(AFTERWARDS)
  const arrived = await reached()
  const emails = (await host.arrivals()).length
  return { arrived, lost: people.length - arrived, surplus: emails - arrived, seconds: taken }
}
