import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({
  env: { PASSWORD_HASHING: 'm=19456,t=2,p=1', SIGN_IN_LIMIT_ACCOUNT: '10000/15m', SIGN_IN_LIMIT_ADDRESS: '10000/15m' },
})
test.after.always(() => gatehouse.stop())

test('L-12: of two hundred sign-ins at once some wait, some are told when to come again, and all else goes on', async t => {
  const { app, url } = gatehouse
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const door = await new Browser(url).open((await rp.begin()).url.href)
  const action = door.document.querySelector('form')!.getAttribute('action')!
  const body = { csrf: door.field('csrf')!, email: ada.email, password: 'wrong' }
  const { concurrency, queue, memory: cost } = app.config.passwordHashing
  const crowd = Math.max(200, concurrency + queue + 100)
  const memory = process.memoryUsage().rss
  let most = memory

  const flood = Promise.all(
    Array.from({ length: crowd }, () =>
      door.fetch(action, {
        method: 'POST',
        body: new URLSearchParams(body),
        headers: { origin: new URL(url).origin },
      }),
    ),
  )
  let over = false
  flood.finally(() => {
    over = true
  })
  const health = []
  while (!over) {
    const start = performance.now()
    const { status } = await fetch(`${url}/healthz`)
    health.push({ status, took: performance.now() - start })
    most = Math.max(most, process.memoryUsage().rss)
    await pause(20)
  }
  const answers = await flood

  const counts = new Map<number, number>()
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1)
  t.deepEqual([...counts.keys()].sort(), [401, 503])
  t.true(counts.get(401)! >= concurrency + queue)
  t.true(counts.get(503)! > 0)
  for (const answer of answers.filter(({ status }) => status === 503)) {
    t.regex(answer.headers.get('retry-after') ?? '', /^[1-9]\d?$/)
    t.regex(await answer.text(), /Many people are signing in/)
  }
  t.true(health.length >= 3)
  t.deepEqual([...new Set(health.map(({ status }) => status))], [200])
  t.true(Math.max(...health.map(({ took }) => took)) < 2000)
  // All of them at once would take 3.8 GB and more.
  const more = (most - memory) / 2 ** 10
  t.true(more < concurrency * cost + 400 * 2 ** 10, `${Math.round(more)} KiB more`)

  const { tokens } = await rp.signIn(ada)
  t.is(tokens.claims()?.sub, ada.id)
})
