import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import { QUICK, startGatehouse } from '../support/gatehouse.ts'
import { Listener } from '../support/listener.ts'
import { makePerson } from '../support/people.ts'
import { waitFor } from '../support/wait-for.ts'
import { Hooks, type SimpleKind } from './hooks.ts'

const queueIntervals = { ...QUICK, retry: 600 }
const env = { OUTBOUND_ALLOW: '127.0.0.1' }
const [open, impatient, guarded] = await Promise.all([
  startGatehouse({ queueIntervals, env }),
  startGatehouse({ queueIntervals, env, outboundTimeout: 300 }),
  startGatehouse({ queueIntervals }),
])
test.after.always(() => Promise.all([open.stop(), impatient.stop(), guarded.stop()]))

type Respond = NonNullable<Parameters<Hooks['open']>[1]>['respond']

const cases: [name: string, kind: SimpleKind, respond: Respond, status: number | null, error: string][] = [
  [
    'an error',
    'deletion.scheduled',
    response => void response.writeHead(500).end('a stack trace'),
    500,
    'the receiver answered 500',
  ],
  [
    'a client error',
    'deletion.cancelled',
    response => void response.writeHead(404).end(),
    404,
    'the receiver answered 404',
  ],
  [
    'a huge answer',
    'account.unlocked',
    response => void response.writeHead(200).end('x'.repeat(100_000)),
    200,
    'the answer is larger than 65536 bytes',
  ],
  ['no answer in time', 'factors.reset', () => {}, null, 'no answer within 10 seconds'],
  [
    'an answer that does not end in time',
    'profile.updated',
    response => void response.writeHead(200).write('x'),
    null,
    'no answer within 10 seconds',
  ],
  [
    'a closed connection',
    'factors.reset-scheduled',
    response => void response.destroy(),
    null,
    'the connection was closed before the answer was complete',
  ],
]

for (const [name, kind, respond, status, error] of cases) {
  test(`${name} does not count as delivered, and is tried again`, async t => {
    const gatehouse = / in time/.test(name) ? impatient : open
    const hooks = new Hooks(gatehouse)
    const { id } = await hooks.open(t, { kinds: [kind], respond })
    await hooks.happen(kind, await makePerson(gatehouse))
    const [delivery] = await hooks.settled(id, 'waiting')
    t.like(delivery, { state: 'waiting', attempts: 1, lastError: error, ...(status && { lastStatus: status }) })
    t.truthy(delivery!.nextAttemptAt)
    const tested = await hooks.cli.run(`webhooks test ${id}`)
    t.is(tested.code, 7)
    t.true(tested.err.startsWith(`gatehouse: webhook ${id} did not accept the event: ${error}\n`), tested.err)
  })
}

test('a webhook that did not answer in time is left alone for a while', async t => {
  const hooks = new Hooks(impatient)
  const { id, receiver } = await hooks.open(t, { kinds: ['account.compromise-reported'], respond: () => {} })
  const ada = await makePerson(impatient)
  await hooks.happen('account.compromise-reported', ada)
  await hooks.settled(id, 'waiting')
  await hooks.happen('account.compromise-reported', ada)
  const later = ({ nextAttemptAt }: { nextAttemptAt: string | null }) =>
    Date.parse(nextAttemptAt ?? '') > Date.now() + 60_000
  await waitFor(async () => (await hooks.deliveries(id)).every(later))
  t.deepEqual(
    (await hooks.deliveries(id)).map(({ attempts }) => attempts),
    [0, 1],
  )
  t.true(receiver.received.length <= 1)
})

test('D-01: redirects are not followed, and nothing is sent to a private address', async t => {
  const private4 = (await Listener.open(t))!
  const redirecting = createServer((_request, response) =>
    response.writeHead(307, { location: `http://127.0.0.1:${private4.port}/` }).end(),
  )
  await new Promise<void>(resolve => redirecting.listen(0, '127.0.0.1', resolve))
  t.teardown(() => redirecting.close())
  const opened = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`
  const refused = /^outbound requests to \S+ are not allowed; OUTBOUND_ALLOW can allow them$/
  const addresses: [typeof open, string, RegExp][] = [
    [open, opened, /^the receiver answered with a redirect, which is not followed$/],
    ...[
      `https://127.0.0.1:${private4.port}/`,
      `https://2130706433:${private4.port}/`,
      `https://localhost:${private4.port}/`,
      `https://[::ffff:127.0.0.1]:${private4.port}/`,
      `http://127.0.0.1:${private4.port}/`,
      'https://169.254.169.254/latest/meta-data/',
      'https://10.0.0.1/',
    ].map((address): [typeof open, string, RegExp] => [guarded, address, refused]),
  ]
  for (const [gatehouse, address, error] of addresses) {
    const hooks = new Hooks(gatehouse)
    const { id } = await hooks.add(address, ['factors.reset-cancelled'])
    await hooks.happen('factors.reset-cancelled', await makePerson(gatehouse))
    const [delivery] = await hooks.settled(id, 'waiting')
    t.regex(delivery!.lastError ?? '', error, address)
    await hooks.cli.json(`webhooks remove ${id} --yes`)
  }
  t.is(private4.connections, 0)
})

test('an address that is not https, or shows a password, is refused at registration', async t => {
  const { cli } = new Hooks(open)
  for (const address of [
    'http://example.com/',
    'ftp://example.com/',
    'example.com',
    'https://example.com/#a',
    'https://user:secret@example.com/',
  ]) {
    const { code, err } = await cli.run(`webhooks add "${address}" --kind account.`)
    t.is(code, 2, address)
    t.regex(err, /^gatehouse: <url> must /, address)
  }
})
