import test from 'ava'
import { Browser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({ env: { TRUST_PROXY: 'loopback' } })
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

test('A-08: an event has the ID of its request, and gets its link within seconds while the server runs', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const browser = new Browser(gatehouse.url, { 'x-request-id': 'of-the-proxy-1' })
  await browser.open((await rp.begin()).url.href)
  await browser.submit({ email: ada.email, password: 'wrong' })
  const [event] = await app.scope(() => app.audit.of(ada.id, { kinds: ['sign-in.refused'] }))
  t.like(event, { requestId: 'of-the-proxy-1', target: rp.id })

  const linked = `select 1 from audit_link where event_id = '${event!.id}'`
  t.true(await eventually(async () => (await app.em.fork().execute<object[]>(linked)).length === 1))
  t.is((await app.scope(() => app.auditVerification.run())).verdict, 'proven')
})
