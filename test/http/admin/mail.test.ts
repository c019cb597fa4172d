import test from 'ava'
import { administrator } from '../../support/admin-api.ts'
import { eventually } from '../../support/eventually.ts'
import { QUICK, startGatehouse } from '../../support/gatehouse.ts'
import { MailServer } from '../../support/mail-server.ts'

const server = await MailServer.start({
  smtp: {
    onRcptTo({ address }, _, done) {
      done(
        Object.assign(new Error(`4.2.0 <${address}> greylisted, see https://example.com/?to=x`), { responseCode: 451 }),
      )
    },
  },
})
const gatehouse = await startGatehouse({
  env: { SMTP_URL: server.url, MAIL_FROM: 'sign-in@example.com' },
  queueIntervals: QUICK,
})
const { api } = await administrator(gatehouse)

test('the queue says how many emails wait and why, but neither what they say nor whom they are for', async t => {
  const to = 'ada.lovelace@example.org'
  const email = { kind: 'test', to, locale: 'en', data: {} } as const
  await gatehouse.app.scope(() => gatehouse.app.em.transactional(() => gatehouse.app.outbox.post(email)))
  const failed = async () => (await api.call('getMailQueue')).body.failure !== null
  t.true(await eventually(failed))
  const { body } = await api.call('getMailQueue')
  t.like(body, { waiting: 1, failing: 1, delivered: 0 })
  t.truthy(body.oldest_at)
  t.regex(body.failure!, /greylisted/)
  t.notRegex(JSON.stringify(body), /ada|lovelace|example\.(org|com)/)
})

test.after.always(async () => {
  await gatehouse.stop()
  await server.stop()
})
