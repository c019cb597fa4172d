import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import test from 'ava'
import { decodeProtectedHeader } from 'jose'
import { gatehouse } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { PASSWORD } from '../support/people.ts'
import { hasProduction, isReady, type Production, startProduction } from '../support/production.ts'
import { Application, listenForReturn } from './application.ts'
import { keepDoing, Visitor } from './load.ts'

/** Two workers share all state: a change takes effect in both, and a worker that dies loses nothing. */

const VISITORS = 6
/** This many requests, each over its own connection, almost certainly reach both workers. */
const BOTH = 16

test('several workers are refused with the embedded database', async t => {
  const { code, stderr } = await gatehouse(['serve', '--workers', '2'], {})
  t.not(code, 0)
  t.true(stderr.includes('DATABASE_URL') && stderr.includes('REDIS_URL'), stderr)
})

if (hasProduction) {
  const torn: (() => unknown)[] = []
  const teardown = (end: () => unknown) => torn.unshift(end)
  let production: Production
  let application: Application
  const visitors: Visitor[] = []

  test.before(async () => {
    production = await startProduction({ teardown })
    const redirectUri = await listenForReturn({ teardown })
    const client = ['clients', 'add', 'Wiki', '--profile', 'web', '--redirect-uri', redirectUri]
    const { id, secret } = await production.command<{ id: string; secret: string }>(...client)
    application = await Application.connect({ issuer: production.url, id, secret, redirectUri })
    for (let i = 0; i < VISITORS; i++) {
      const email = `visitor-${i}@example.org`
      await gatehouse(['accounts', 'register', email, '--password-stdin'], production.env, PASSWORD)
      visitors.push(await Visitor.arrive(application, production.url, { email, password: PASSWORD }))
    }
  })
  test.after.always(async () => {
    for (const end of torn) await end()
  })

  /** The responses to requests that reach both workers. */
  const ask = (path: string, init: RequestInit = {}) =>
    Promise.all(
      Array.from({ length: BOTH }, async () => {
        const headers = { connection: 'close', ...Object.fromEntries(new Headers(init.headers)) }
        const answer = await fetch(`${production.inside}${path}`, { ...init, headers })
        return { status: answer.status, body: (await answer.json()) as { keys?: { kid: string }[] } }
      }),
    )

  test.serial('a client that a command adds, changes or removes takes effect in both workers at once', async t => {
    const client = ['clients', 'add', 'Report', '--id', 'report', '--profile', 'machine']
    const { secret } = await production.command<{ secret: string }>(...client)
    const tokens = async (password: string) => {
      const authorization = `Basic ${Buffer.from(`report:${password}`).toString('base64')}`
      const body = new URLSearchParams({ grant_type: 'client_credentials' })
      const answers = await ask('/token', { method: 'POST', headers: { authorization }, body })
      return new Set(answers.map(({ status }) => status))
    }
    t.deepEqual(await tokens(secret), new Set([200]))
    const fresh = await production.command<{ secret: string }>('clients', 'rotate-secret', 'report')
    t.deepEqual(await tokens(secret), new Set([401]), 'the old secret')
    t.deepEqual(await tokens(fresh.secret), new Set([200]), 'the new one')
    await production.command('clients', 'remove', 'report', '--yes')
    t.deepEqual(await tokens(fresh.secret), new Set([401]))
  })

  test.serial('both workers use rotated keys within seconds', async t => {
    const kids = async () => (await ask('/jwks')).map(({ body }) => (body.keys ?? []).map(key => key.kid))
    const [before = []] = await kids()
    const signedBy = async () => decodeProtectedHeader((await visitors[0]?.refresh()) ?? '').kid ?? ''
    const old = await signedBy()

    await production.command('keys', 'rotate')
    const published = await eventually(async () => (await kids()).every(each => each.length > before.length))
    t.true(published, 'both workers publish the new keys')
    const signers = new Set<string>()
    for (let i = 0; i < BOTH; i++) signers.add(await signedBy())
    t.false(signers.has(old))
    for (const each of await kids()) {
      for (const kid of before) t.true(each.includes(kid), 'what old keys have signed can still be verified')
    }
  })

  test.serial('a worker that is killed under load loses no session, and is replaced', async t => {
    const before = await production.workers()
    t.is(before.length, 2)
    const subjects = await Promise.all(visitors.map(visitor => visitor.signInSilently()))
    const tally = { done: 0, failed: [] as string[] }
    const work = visitors.flatMap(visitor => [
      () => visitor.refresh(),
      () => visitor.signInSilently(),
      () => visitor.signInElsewhere(production.url),
    ])
    const loops = work.map(each => keepDoing(each, tally))

    t.true(await eventually(() => tally.done > work.length))
    const doneBefore = tally.done
    process.kill(before[0] ?? 0, 'SIGKILL')
    t.true(await eventually(() => tally.done > doneBefore + 2 * work.length), 'it went on')
    const replaced = async () => {
      const now = await production.workers()
      return now.length === 2 && !now.includes(before[0]!)
    }
    t.true(await eventually(replaced))
    const doneThen = tally.done
    t.true(await eventually(() => tally.done > doneThen + 2 * work.length), 'it went on with the new worker')
    await Promise.all(loops.map(loop => loop.stop()))
    t.log(`${tally.done} done, ${tally.failed.length} failed`, tally.failed)

    t.true(tally.failed.length <= work.length, 'nothing failed but what was under way')
    t.deepEqual(
      await Promise.all(visitors.map(visitor => visitor.signInSilently())),
      subjects,
      'every session is there',
    )
    for (const visitor of visitors) await t.notThrowsAsync(visitor.refresh(), 'no chain of refresh tokens is broken')
    t.true(await eventually(async () => (await ask('/readyz')).every(({ status }) => status === 200)))
    t.regex(production.serving.output, /a worker has ended \(SIGKILL\)/)
  })

  test.serial('on SIGTERM the server reports not ready, finishes running requests, and exits cleanly', async t => {
    const { hostname, port } = new URL(production.inside)
    const body = 'grant_type=client_credentials&client_id=nobody'
    const slow = connect(Number(port), hostname)
    const head = ['POST /token HTTP/1.1', 'Host: localhost', 'Connection: close', `Content-Length: ${body.length}`]
    const form = ['Content-Type: application/x-www-form-urlencoded', 'Expect: 100-continue']
    slow.write(`${[...head, ...form].join('\r\n')}\r\n\r\n`)
    // 100 Continue: the request is under way.
    await once(slow, 'data')
    slow.write(body.slice(0, 5))
    const answer = text(slow)

    const stopped = production.serving.stop('SIGTERM')
    t.true(await eventually(async () => !(await isReady(production.inside))), 'not ready')
    const refuses = () =>
      fetch(`${production.inside}/healthz`, { headers: { connection: 'close' } }).then(
        () => false,
        () => true,
      )
    t.true(await eventually(refuses))
    slow.write(body.slice(5))
    t.regex(await answer, /^HTTP\/1\.1 401 .*invalid_client/s, 'a whole answer to a request that was under way')
    t.is(await stopped, 0)
    t.deepEqual(await production.workers(), [])
  })
}
