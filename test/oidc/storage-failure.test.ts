import test from 'ava'
import type { App } from '../../src/app.ts'
import { active, codeSource } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

/** An unavailable Redis is a temporary failure; a missing table is an internal error. */
const FAILURE = app.redis
  ? { status: 503, error: 'temporarily_unavailable', retryAfter: '2' }
  : { status: 500, error: 'server_error', retryAfter: null }

/** Makes the store of the tokens unavailable while the work runs. */
async function withoutStore({ redis, em }: App, work: () => Promise<void>): Promise<void> {
  const sql = em.getConnection()
  if (redis) redis.disconnect()
  else await sql.execute('alter table artifact rename to artifact_elsewhere')
  try {
    await work()
  } finally {
    if (redis) await redis.connect()
    else await sql.execute('alter table artifact_elsewhere rename to artifact')
  }
}

test.serial('C-14: a revocation that could not be stored is answered with an error', async t => {
  const { rp, code } = await codeSource(gatehouse)
  const { body } = await rp.post('/token', await code())

  await withoutStore(app, async () => {
    for (const token of [body.access_token, body.refresh_token])
      for (const token_type_hint of ['access_token', 'refresh_token']) {
        const answer = await rp.post('/token/revocation', { token, token_type_hint })
        t.is(answer.status, FAILURE.status)
        t.is(answer.body.error, FAILURE.error)
      }
  })

  t.true(await active(rp, body.access_token), 'the token is still valid, as the error said')
  t.is((await rp.post('/token/revocation', { token: body.refresh_token })).status, 200)
  t.false(await active(rp, body.access_token))
})

test.serial('C-14: if a token cannot be looked up, the response is an error and contains no data', async t => {
  const { rp, code } = await codeSource(gatehouse)
  const [first, unused] = [await rp.post('/token', await code()), await code()]
  const { access_token, refresh_token } = first.body

  await withoutStore(app, async () => {
    const answers = [
      await rp.post('/token/introspection', { token: access_token }),
      await rp.post('/token', { grant_type: 'refresh_token', refresh_token }),
      await rp.post('/token', unused),
    ]
    for (const { status, body } of answers) {
      t.is(status, FAILURE.status)
      t.is(body.error, FAILURE.error)
      t.deepEqual(Object.keys(body).sort(), ['error', 'error_description'])
      t.false(
        /redis|postgres|artifact|relation|connection/i.test(JSON.stringify(body)),
        'the response reveals no internals',
      )
    }
    const me = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${access_token}` } })
    t.is(me.status, FAILURE.status)
    t.is(me.headers.get('retry-after'), FAILURE.retryAfter)
    t.is(me.headers.get('www-authenticate'), null, 'the response does not blame the token')
    const begun = await fetch((await rp.begin()).url, { redirect: 'manual' })
    t.is(begun.status, FAILURE.status)
    t.is(begun.headers.get('set-cookie'), null, 'F-4: the failed request sets no cookie')
  })

  t.is((await rp.post('/token', unused)).status, 200, 'the code was not used up')
  t.is((await rp.post('/token', { grant_type: 'refresh_token', refresh_token })).status, 200)
})

test.serial('C-14: a sign-out that could not be stored is answered with an error', async t => {
  const { rp, browser, code } = await codeSource(gatehouse)
  const { body } = await rp.post('/token', await code())
  await browser.open(`${url}/session/end`)

  await withoutStore(app, async () => {
    await browser.submit({ logout: 'yes' })
    t.is(browser.page.status, FAILURE.status)
  })

  t.true(await active(rp, body.access_token))
})
