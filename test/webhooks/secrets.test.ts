import test from 'ava'
import { pino } from 'pino'
import { Webhook } from 'standardwebhooks'
import { Sweeper } from '../../src/ops/sweeper.ts'
import { QUICK, startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson } from '../support/people.ts'
import { Hooks, verify } from './hooks.ts'

const lines: string[] = []
const log = pino({ level: 'trace' }, { write: line => void lines.push(line) })
const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, log, env: { OUTBOUND_ALLOW: '127.0.0.1' }, queueIntervals: QUICK })
const { app } = gatehouse
const hooks = new Hooks(gatehouse)
test.after.always(() => gatehouse.stop())

const DAY = 24 * 60 * 60

/** The secret that made the nth signature of a request, of these. The clock of the receiver is not checked. */
const signers = (secrets: string[], headers: Record<string, unknown>, text: string) =>
  String(headers['webhook-signature'])
    .split(' ')
    .map(signature =>
      secrets.findIndex(secret => {
        const at = new Date(Number(headers['webhook-timestamp']) * 1000)
        return new Webhook(secret).sign(String(headers['webhook-id']), at, text) === signature
      }),
    )

test.serial('after a rotation both secrets sign for a day, then the new one alone', async t => {
  const { id, secret: first, receiver } = await hooks.open(t, { kinds: ['account.unlocked'] })
  const ada = await makePerson(gatehouse)
  const sent = async (secrets: string[]) => {
    const number = receiver.received.length
    await hooks.happen('account.unlocked', ada)
    const got = (await receiver.arrived(number + 1))[number]!
    return signers(secrets, got.headers, got.text)
  }
  t.regex(first, /^whsec_[A-Za-z0-9+/]{43}=$/)
  t.deepEqual(await sent([first]), [0])

  const rotated = await hooks.cli.json<{ secret: string; previousSecretUntil: string }>(`webhooks rotate-secret ${id}`)
  t.is(Math.round((Date.parse(rotated.previousSecretUntil) - Date.now()) / 60_000), 24 * 60)
  t.deepEqual(await sent([first, rotated.secret]), [1, 0])
  const both = receiver.received.at(-1)!
  for (const secret of [first, rotated.secret]) t.notThrows(() => verify(secret, both))

  clock.advance(DAY + 60)
  t.deepEqual(await sent([first, rotated.secret]), [1])
  await new Sweeper(app).sweep()
  t.like(await hooks.cli.json(`webhooks show ${id}`), { previousSecretUntil: null })
  const [row] = await app.em.fork().execute('select sealed_previous_secret from webhook where id = ?', [id])
  t.deepEqual(row, { sealed_previous_secret: null })

  const exposed = await hooks.cli.json<{ secret: string }>(`webhooks rotate-secret ${id} --overlap 0`)
  t.deepEqual(await sent([rotated.secret, exposed.secret]), [1])
  t.is((await hooks.cli.run(`webhooks rotate-secret ${id} --overlap 60d`)).code, 2)
})

test.serial('a secret is shown only when it is made: not in lists, events, rows, jobs or logs', async t => {
  let status = 500
  const { id, secret, receiver } = await hooks.open(t, {
    kinds: ['*'],
    respond: response => void response.writeHead(status).end('no'),
  })
  const rotated = await hooks.cli.json<{ secret: string }>(`webhooks rotate-secret ${id}`)
  await hooks.happen('account.suspended', await makePerson(gatehouse))
  await receiver.arrived(1)
  status = 200
  await hooks.due(id)
  const shown = []
  for (const line of [
    'webhooks list',
    `webhooks show ${id}`,
    `webhooks update ${id} --description "All"`,
    `webhooks deliveries ${id}`,
    `webhooks test ${id}`,
    `webhooks replay ${id} --since 1h`,
    'audit list --kind webhook.',
  ])
    for (const format of ['', '--json', '--jsonl']) {
      const { code, out, err } = await hooks.cli.run(`${line} ${format}`)
      t.is(code, 0, `${line}: ${err}`)
      shown.push(out, err)
    }
  for (const table of ['webhook', 'webhook_delivery', 'audit_event', 'queue.job'])
    shown.push(JSON.stringify(await app.em.fork().execute(`select * from ${table}`)))
  shown.push(...lines, ...receiver.received.map(({ text }) => text))
  for (const each of [secret, rotated.secret]) {
    const key = each.slice('whsec_'.length)
    for (const text of shown) t.false(text.includes(key), text.slice(0, 200))
  }
  t.true(lines.some(line => line.includes('could not deliver an event to the webhook')))
  t.false(
    lines.some(line => line.includes(receiver.url)),
    'the address may contain a token',
  )
  const kinds = (await hooks.cli.json<{ kind: string; target: string }[]>('audit list --kind webhook.')).filter(
    ({ target }) => target === id,
  )
  t.deepEqual(
    new Set(kinds.map(({ kind }) => kind)),
    new Set(['webhook.replayed', 'webhook.updated', 'webhook.secret-rotated', 'webhook.registered']),
  )
  await hooks.cli.json(`webhooks remove ${id} --yes`)
})

test.serial('deliveries are listed for 30 days', async t => {
  const { id } = await hooks.open(t, { kinds: ['profile.updated'] })
  await hooks.happen('profile.updated', await makePerson(gatehouse))
  await hooks.settled(id, 'delivered')
  clock.advance(29 * DAY)
  await new Sweeper(app).sweep()
  t.is((await hooks.deliveries(id)).length, 1)
  clock.advance(2 * DAY)
  await new Sweeper(app).sweep()
  t.deepEqual(await hooks.deliveries(id), [])
})
