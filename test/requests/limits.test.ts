import test from 'ava'
import { commandsFor } from '../cli/command-line.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { why } from '../support/why.ts'

const proxied = { TRUST_PROXY: 'loopback' }
const refuse = (url: string, ip: string) =>
  fetch(`${url}/token`, { method: 'POST', headers: { 'x-forwarded-for': ip }, body: new URLSearchParams({ a: 'b' }) })

test('N-01: one network can have only so many refused requests kept, and others are still explained', async t => {
  const gatehouse = await startGatehouse({ env: proxied })
  const { app, url } = gatehouse
  t.teardown(() => gatehouse.stop())
  const first = await refuse(url, '203.0.113.1')
  await why(gatehouse, first)
  for (let round = 0; round < 199; round += 1) await app.limits.refusedRequestsByIp.take('203.0.113.1')

  const tooMany = await refuse(url, '203.0.113.1')
  const other = await refuse(url, '203.0.113.2')
  t.deepEqual([tooMany.status, other.status], [first.status, first.status], 'the answers are the same')
  await why(gatehouse, other)
  await why(gatehouse, first)
  await app.refusedRequests.settled()
  const { code } = await commandsFor(app).run(`why ${tooMany.headers.get('x-request-id')}`)
  t.is(code, 3)
})

test('N-01: what is sent does not decide how much is kept of it', async t => {
  const gatehouse = await startGatehouse()
  t.teardown(() => gatehouse.stop())
  const redirects = 'https://app.example.org/'.padEnd(6000, 'very/long/')
  const sent = new URLSearchParams({ client_id: 'wiki', redirect_uri: redirects, scope: 'a '.repeat(2000) })
  for (let i = 0; i < 90; i += 1) sent.set(`odd${i}`, 'x')
  const { refusal } = await why(gatehouse, await fetch(`${gatehouse.url}/auth?${sent}`))
  t.true(JSON.stringify(refusal).length <= 4096)
  t.is(refusal.others, 90)
  t.regex(
    refusal.sent.find(({ name }) => name === 'redirect_uri')?.value ?? '',
    /^https:\/\/app\.example\.org\/very.*…$/,
  )
})
