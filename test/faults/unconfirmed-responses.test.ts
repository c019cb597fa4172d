import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { Redis } from 'ioredis'
import { stranger, TestAccounts } from '../lifecycle/test-accounts.ts'
import { FaultyNetwork, holdAnswer } from '../storage/faulty-network.ts'
import { Browser } from '../support/browser.ts'
import { active, codeSource, isRefusedAs } from '../support/codes.ts'
import { eventually } from '../support/eventually.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { startRedisCluster } from '../support/redis.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { freshDatabase, freshRedis, type Share, servers } from '../support/servers.ts'

/** Seconds: longer than a used refresh token is answered again, whatever the difference of the clocks. */
const LATER = 20 * 60

interface Store {
  name: string
  env: Record<string, string>
  networks: FaultyNetwork[]
  /** Match the command that consumes a code or token, and the answer that confirms it. */
  consumption: RegExp
  consumed: RegExp
  stop(): Promise<void>
}

async function inFrontOf(port: number): Promise<{ network: FaultyNetwork; address: string }> {
  const network = new FaultyNetwork({ host: '127.0.0.1', port })
  return { network, address: await network.listen() }
}

async function behindNetwork(share: Share) {
  const url = new URL(share.url)
  const { network, address } = await inFrontOf(Number(url.port))
  url.host = address
  const stop = async () => {
    await network.close()
    await share.drop()
  }
  return { url: url.href, network, stop }
}

async function redis(): Promise<Store> {
  const { url, network, stop } = await behindNetwork(await freshRedis())
  return {
    name: 'Redis',
    env: { REDIS_URL: url },
    networks: [network],
    consumption: /consume\r\n/,
    consumed: /^:1/,
    stop,
  }
}

async function postgres(): Promise<Store> {
  const { url, network, stop } = await behindNetwork(await freshDatabase())
  return {
    name: 'PostgreSQL',
    env: { DATABASE_URL: url, REDIS_URL: '' },
    networks: [network],
    consumption: /set consumed_at/,
    consumed: /COMMIT/,
    stop,
  }
}

/** Its nodes announce the addresses of the networks in front of them. */
async function redisCluster(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-cluster-'))
  const cluster = (await startRedisCluster(folder))!
  const ports = [...cluster.url.matchAll(/:(\d+)/g)].map(([, port]) => Number(port))
  const fronts = await Promise.all(ports.map(inFrontOf))
  const clients = ports.map(port => new Redis(port, '127.0.0.1'))
  const announced = fronts.map(({ address }) => address.split(':')[1]!)
  for (const [i, client] of clients.entries()) await client.config('SET', 'cluster-announce-port', announced[i]!)
  const known = async () => {
    const nodes = await Promise.all(clients.map(client => client.cluster('NODES') as Promise<string>))
    return nodes.every(list => announced.every(port => list.includes(`:${port}@`)))
  }
  while (!(await known())) await sleep(50)
  for (const client of clients) client.disconnect()
  const networks = fronts.map(({ network }) => network)
  return {
    name: 'Redis Cluster',
    env: { REDIS_URL: `redis+cluster://${fronts.map(({ address }) => address).join(',')}` },
    networks,
    consumption: /eval[\s\S]*gatehouse:(RefreshReplay|AuthorizationCode):\{/i,
    consumed: /^:1/,
    async stop() {
      await Promise.all(networks.map(network => network.close()))
      await cluster.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const form = (token: string) => ({ grant_type: 'refresh_token', refresh_token: token })

/** Retries as a client does, while the response is 503. */
async function trying({ rp }: Client, body: Record<string, string>) {
  let last = await rp.post('/token', body)
  await eventually(async () => {
    if (last.status === 503) last = await rp.post('/token', body)
    return last.status !== 503
  })
  return last
}

type Client = Awaited<ReturnType<typeof codeSource>>

if (servers()) {
  for (const start of [redis, redisCluster, postgres]) {
    const clock = new MovingClock()
    let store: Store
    let gatehouse: Gatehouse
    test.before(async () => {
      store = await start()
      gatehouse = await startGatehouse({ clock, env: store.env })
    })
    test.after.always(async () => {
      await gatehouse?.stop()
      await store?.stop()
    })

    /** The redemption is committed, and the store's answer is lost. */
    const loseAnswer = async (t: ExecutionContext, client: Client, body: Record<string, string>) => {
      const { networks, consumption, consumed } = store
      const held = holdAnswer(networks, consumption, consumed)
      const answer = client.rp.post('/token', body)
      ;(await held).lose()
      const { status, body: error, headers } = await answer
      t.is(status, 503)
      t.is(error.error, 'temporarily_unavailable')
      t.is(headers.get('retry-after'), '2')
      const { artifacts } = gatehouse.app
      const [kind, token] = body.code ? ['AuthorizationCode', body.code] : ['RefreshToken', body.refresh_token!]
      const isConsumed = () =>
        artifacts.get(kind!, token!).then(
          found => found?.consumed !== undefined,
          () => false,
        )
      t.true(await eventually(isConsumed), 'the store committed it without answering')
    }
    const says = (title: string, check: (t: ExecutionContext, client: Client) => Promise<void>) =>
      test.serial(`F-13: ${start.name}: ${title}`, async t => check(t, await codeSource(gatehouse)))

    says('a refresh that was committed and answered 503 gets its tokens later, once', async (t, client) => {
      const first = await client.rp.post('/token', await client.code())
      await loseAnswer(t, client, form(first.body.refresh_token))
      const [row] = await gatehouse.app.em.execute<{ sealed: string }[]>(
        'select sealed from unconfirmed_response where taken_by is null order by expires_at desc limit 1',
      )
      t.false(row!.sealed.includes('refresh_token'), 'sealed')

      clock.advance(LATER)
      const retried = await trying(client, form(first.body.refresh_token))
      t.is(retried.status, 200, JSON.stringify(retried.body))
      t.true(await active(client.rp, retried.body.access_token))
      const next = await trying(client, form(retried.body.refresh_token))
      t.is(next.status, 200, 'the chain goes on')

      isRefusedAs(t, await trying(client, form(first.body.refresh_token)), 'invalid_grant', 'given once')
      isRefusedAs(
        t,
        await trying(client, form(next.body.refresh_token)),
        'invalid_grant',
        'a replay revokes the whole chain',
      )
    })

    says('a code that was redeemed and answered 503 gets its tokens, once', async (t, client) => {
      const code = await client.code()
      await loseAnswer(t, client, code)

      const retried = await trying(client, code)
      t.is(retried.status, 200, JSON.stringify(retried.body))
      t.true(await active(client.rp, retried.body.access_token))

      isRefusedAs(t, await trying(client, code), 'invalid_grant', 'given once')
      t.false(await active(client.rp, retried.body.access_token), 'a replay revokes the whole chain')
    })

    says('a refresh token that got its response within the window counts as stolen after it', async (t, client) => {
      const first = await client.rp.post('/token', await client.code())
      await loseAnswer(t, client, form(first.body.refresh_token))
      const retried = await trying(client, form(first.body.refresh_token))
      t.is(retried.status, 200)

      clock.advance(LATER)
      isRefusedAs(t, await trying(client, form(first.body.refresh_token)), 'invalid_grant')
      isRefusedAs(t, await trying(client, form(retried.body.refresh_token)), 'invalid_grant')
    })

    says('the response of an attempt that failed is never given', async (t, client) => {
      const first = await client.rp.post('/token', await client.code())
      for (const network of store.networks) network.breakAt = store.consumption
      t.is((await client.rp.post('/token', form(first.body.refresh_token))).status, 503)
      for (const network of store.networks) network.breakAt = null
      const retried = await trying(client, form(first.body.refresh_token))
      t.is(retried.status, 200)

      clock.advance(LATER)
      isRefusedAs(
        t,
        await trying(client, form(first.body.refresh_token)),
        'invalid_grant',
        'the second attempt consumed it',
      )
      isRefusedAs(t, await trying(client, form(retried.body.refresh_token)), 'invalid_grant')
    })

    says('a response whose client had disconnected is given later', async (t, client) => {
      const first = await client.rp.post('/token', await client.code())
      const held = holdAnswer(store.networks, store.consumption, store.consumed)
      const gone = request(`${gatehouse.url}/token`, {
        method: 'POST',
        auth: `${client.rp.id}:${client.rp.secret}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      gone.on('error', () => {})
      gone.end(String(new URLSearchParams(form(first.body.refresh_token))))
      const answer = await held
      gone.destroy()
      await sleep(50)
      answer.pass()
      const kept = () =>
        gatehouse.app.em
          .execute('select 1 from unconfirmed_response where taken_by is null')
          .then(rows => rows.length > 0)
      t.true(await eventually(kept))

      clock.advance(LATER)
      const retried = await trying(client, form(first.body.refresh_token))
      t.is(retried.status, 200)
      t.is((await trying(client, form(retried.body.refresh_token))).status, 200)
    })

    if (start === redisCluster)
      says('a sign-in continues if it is unknown whether the old session ID was deleted', async (t, client) => {
        const asks = await RelyingParty.register(gatehouse)
        const begun = await asks.begin()
        await client.browser.open(begun.url.href)
        const held = holdAnswer(store.networks, /del\r\n[\s\S]*gatehouse:Session:\{/, /^:1/)
        const allowed = client.browser.submit({ decision: 'allow' })
        ;(await held).lose()
        await allowed
        t.is((await asks.redeem(begun, client.browser)).token_type, 'bearer')
        t.truthy((await client.code()).code, 'still signed in')
      })

    if (start === redis)
      says(
        'a compromise report answered with 503 has still signed out all sessions',
        async (t, { person, browser: thief, code }) => {
          t.truthy((await code()).code)
          await new TestAccounts(gatehouse).with(person.id, account =>
            gatehouse.app.passwordChanges.change(
              account,
              { current: person.password, next: 'the horse after that', endOthers: false },
              { by: stranger() },
            ),
          )
          const link = await new TestAccounts(gatehouse).link(person.email, 'password-changed')
          const owner = await new Browser(gatehouse.url).open(link)
          // Times of sign-ins are whole seconds.
          clock.advance(2)
          store.networks[0]!.cut()
          await owner.submit()
          t.is(owner.page.status, 503)
          store.networks[0]!.mend()

          t.true(await eventually(async () => (await thief.open(`${gatehouse.url}/account`)).page.status < 500))
          t.not(thief.field('password'), undefined, 'asked to sign in')
        },
      )

    if (start !== postgres) continue
    says('a link whose response was lost shows its result when it is opened again', async (t, { person }) => {
      await new TestAccounts(gatehouse).with(person.id, account =>
        gatehouse.app.verification.send(account, { by: stranger() }),
      )
      const link = await new TestAccounts(gatehouse).link(person.email, 'verify-email')
      const browser = await new Browser(gatehouse.url).open(link)
      const held = holdAnswer(store.networks, /update [^;]*one_time_link/i, /COMMIT/)
      const pressed = browser.submit({ password: person.password })
      ;(await held).lose()
      await pressed
      t.is(browser.page.status, 503)

      await browser.open(link)
      t.is(browser.heading, 'Your address is confirmed')
    })

    says('a response is also kept while the database is unreachable', async (t, client) => {
      const first = await client.rp.post('/token', await client.code())
      const [network] = store.networks
      const held = holdAnswer(store.networks, store.consumption, store.consumed)
      const lost = client.rp.post('/token', form(first.body.refresh_token))
      await held
      network!.cut()
      t.is((await lost).status, 503)
      network!.mend()

      clock.advance(LATER)
      const retried = await trying(client, form(first.body.refresh_token))
      t.is(retried.status, 200)
      t.is((await trying(client, form(retried.body.refresh_token))).status, 200)
    })
  }
}
