import test from 'ava'
import { Connection } from '../../bench/load/connection.ts'
import { RelyingParty } from '../../bench/load/relying-party.ts'
import { type StepName, steps } from '../../bench/load/steps.ts'
import { seed } from '../../bench/seeding.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

test('what is measured still works: the fixture is created, and each step can be taken twice', async t => {
  const fixture = await seed(gatehouse.app, { issuer: gatehouse.url, accounts: 8 })
  const connection = new Connection(gatehouse.url, 0)
  t.teardown(() => connection.close())
  const discovery = await connection.ask({ method: 'GET', path: `${gatehouse.url}/.well-known/openid-configuration` })
  const rp = new RelyingParty(connection, fixture, JSON.parse(discovery.body))
  for (const name of Object.keys(steps) as StepName[]) {
    connection.forgetCookies()
    const action = await steps[name].prepare(rp, 0)
    for (const _ of [1, 2])
      await t.notThrowsAsync(
        action(async (_part, work) => work()),
        name,
      )
  }
})
