import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { systemClock as clock } from '../../src/base/clock.ts'
import { TooManyAttempts } from '../../src/base/refusals.ts'
import { limitsOn } from '../../src/limits/limits.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { startRedis } from '../support/redis.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { settles } from '../support/settles.ts'

const folder = await mkdtemp(join(tmpdir(), 'gatehouse-redis-'))
const redis = await startRedis(folder)
const gatehouse = redis && (await startGatehouse({ env: { REDIS_URL: redis.url } }))
test.after.always(async () => {
  await gatehouse?.stop()
  await redis?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('L-08: while Redis does not respond, limits are counted in the process', async t => {
  const unreachable = connectRedis(`redis://127.0.0.1:${await freePort()}`)
  t.teardown(() => unreachable.disconnect())
  const limit = limitsOn({ redis: unreachable, prefix: 'test:', clock })('test', { points: 3, duration: 60 })
  for (let i = 0; i < 3; i++) await limit.take('ada@example.org')
  await t.throwsAsync(limit.take('ada@example.org'), { instanceOf: TooManyAttempts })
  await t.notThrowsAsync(limit.take('ben@example.org'))
})

if (redis && gatehouse) {
  test('L-08: when Redis stops, sign-ins fail, limits still count, and the process keeps running and reports it', async t => {
    const { app, url } = gatehouse
    const ada = await makePerson(gatehouse)
    const rp = await RelyingParty.register(gatehouse)
    const { browser: signedIn } = await rp.signIn(ada)
    const signInPage = await new Browser(url).open((await rp.begin()).url.href)
    const attempt = (password: string) => {
      const browser = signInPage.copy()
      browser.page = signInPage.page
      return browser.submit({ email: ada.email, password })
    }
    for (let i = 0; i < 5; i++) t.is((await attempt('wrong')).page.status, 401)
    const before = (await app.scope(() => app.audit.of(ada.id))).length

    await redis.stop()

    const guesses = await settles(
      Promise.all(Array.from({ length: 30 }, (_, i) => attempt(i % 3 ? 'wrong' : ada.password))),
    )
    for (const { page } of guesses) {
      t.true([429, 500, 503].includes(page.status), String(page.status))
      t.true(page.url.startsWith(url))
    }
    t.true((await app.scope(() => app.audit.of(ada.id))).length - before <= 5)

    const silent = await signedIn.fetch((await rp.begin({ prompt: 'none' })).url.href)
    t.is(silent.status, 303)
    t.is(new URL(silent.headers.get('location') ?? '').searchParams.get('error'), 'temporarily_unavailable')
    t.is(silent.headers.get('set-cookie'), null, 'F-4: the failed request sets no cookie')
    t.is((await fetch(`${url}/healthz`)).status, 200)
    t.is((await fetch(`${url}/readyz`)).status, 503)
    t.is((await fetch(`${url}/.well-known/openid-configuration`)).status, 200)
  })
}
