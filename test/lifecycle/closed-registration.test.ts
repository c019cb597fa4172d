import test from 'ava'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { UpstreamIdentities } from './upstream-identities.ts'

const gatehouse = await startGatehouse({ env: { REGISTRATION: 'closed' } })
const people = new UpstreamIdentities(gatehouse)
test.after.always(() => gatehouse.stop())

test('where registration is closed, a provider creates no accounts unless its policy allows it', async t => {
  const newcomer = people.upstreamUser()
  const [closed, open] = [await people.provider(), await people.provider({ registration: true })]
  await t.throwsAsync(people.receive(closed, newcomer), { message: /does not create accounts/ })
  t.false(await people.testAccounts.exists(newcomer.email))
  t.like(await people.receive(open, newcomer), { outcome: 'new-account' })
})

test('a person with an account can still link a provider', async t => {
  const { email } = await makePerson(gatehouse)
  t.like(await people.receive(await people.provider(), people.upstreamUser({ email })), { outcome: 'link-account' })
})
