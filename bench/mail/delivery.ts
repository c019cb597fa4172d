/** Checks that each email arrived, and arrived once. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MailHost } from './mail-host.ts'

export interface Delivery {
  /** people who received an email */
  arrived: number
  lost: number
  /** further emails to the same person, and emails to people who did not register */
  surplus: number
  /** until the last one arrived */
  seconds: number
}

/** Milliseconds: the queue polls every 5 s, so an email that is sent twice arrives within this time. */
const AFTERWARDS = 12_000

/** Waits until each person has an email, at most this many seconds, and then a moment for surplus emails. */
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
