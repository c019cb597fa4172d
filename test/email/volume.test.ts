import test from 'ava'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { jobsDone } from '../support/jobs.ts'
import { MailServer } from '../support/mail-server.ts'
import { freePort } from '../support/programs.ts'

const EMAILS = 1000

/** Posts an email. @returns the duration in milliseconds */
async function posting({ app }: Gatehouse, to: string): Promise<number> {
  const begun = performance.now()
  await app.scope(() =>
    app.em.transactional(() => app.outbox.post({ kind: 'verify-email', to, locale: 'en', data: {} })),
  )
  return performance.now() - begun
}

const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!

test('N-01: while the mail server is down, 1,000 emails are queued as fast as usual, and none is lost or duplicated', async t => {
  t.timeout(600_000)
  const port = await freePort()
  const live = await MailServer.start()
  const [withDead, withLive] = await Promise.all([
    startGatehouse({ env: { SMTP_URL: `smtp://127.0.0.1:${port}` } }),
    startGatehouse({ env: { SMTP_URL: live.url } }),
  ])
  const times: { dead: number[]; live: number[] } = { dead: [], live: [] }
  for (let index = 0; index < EMAILS; index += 1) {
    times.dead.push(await posting(withDead, `person-${index}@example.org`))
    if (index % 4 === 0) times.live.push(await posting(withLive, `person-${index}@example.org`))
  }
  t.log(`medians in ms: dead ${median(times.dead).toFixed(2)}, live ${median(times.live).toFixed(2)}`)
  t.true(median(times.dead) < 2 * median(times.live))

  const back = await MailServer.start({ port })
  await back.arrived(EMAILS, 600)
  await jobsDone(withDead.app)
  t.is(back.emails.length, EMAILS)
  t.is(new Set(back.emails.flatMap(({ to }) => to)).size, EMAILS)
  await Promise.all([withDead.stop(), withLive.stop()])
  await Promise.all([back.stop(), live.stop()])
})
