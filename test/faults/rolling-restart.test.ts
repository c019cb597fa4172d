import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { gatehouse, Serving } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { type Nginx, publicPorts, startNginx } from '../support/nginx.ts'
import { hasProduction, isReady } from '../support/production.ts'
import { freePort } from '../support/programs.ts'
import { freshDatabase, freshRedis, SECRET_KEYS } from '../support/servers.ts'

const BETWEEN_MS = 25
const REDIRECT_URI = 'https://app.example.org/callback'

if (hasProduction) {
  test('F-7: two processes behind nginx are restarted in turn, quickly and slowly, and no request is lost', async t => {
    const [database, redis] = await Promise.all([freshDatabase(), freshRedis()])
    t.teardown(() => Promise.all([database.drop(), redis.drop()]))
    const [public_, ...inside] = [await publicPorts(), await freePort(), await freePort()] as const
    const env = {
      NODE_ENV: 'production',
      PUBLIC_URL: public_.url,
      HOST: '127.0.0.1',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      SECRET_KEYS,
      TRUST_PROXY: 'loopback',
      REQUEST_LIMIT_IP: '100000/1m',
      LOG_LEVEL: 'warn',
    }
    const start = async (port: number) => {
      const serving = new Serving({ ...env, PORT: String(port) })
      t.teardown(() => serving.stop('SIGKILL'))
      const ready = async () => (await isReady(`http://127.0.0.1:${port}`)) || !serving.running
      if (!(await eventually(ready)) || !serving.running) throw new Error(serving.output)
      return serving
    }
    const added = async (...args: string[]) =>
      JSON.parse((await gatehouse(['clients', 'add', ...args, '--json'], env)).stdout)
    const machine = await added('Report', '--profile', 'machine')
    const wiki = await added('Wiki', '--profile', 'web', '--redirect-uri', REDIRECT_URI)
    const running = await Promise.all(inside.map(start))
    const nginx = (await startNginx(
      inside.map(port => `127.0.0.1:${port}`),
      public_,
    ))!
    t.teardown(() => nginx.stop())

    const load = new Load(nginx, { machine, wiki: wiki.id })
    for (const [which, before] of [
      [0, 1000],
      [1, 0],
      [0, 5000],
    ] as const) {
      await pause(before)
      t.is(await running[which]!.stop('SIGTERM'), 0, running[which]!.output)
      running[which] = await start(inside[which]!)
    }
    await pause(1000)
    const { answered, lost } = await load.end()
    t.log(`${answered} answered`)
    const seenByNginx = (await nginx.accessLog()).split('\n').filter(line => / 5\d\d /.test(line))
    t.deepEqual(lost, [], seenByNginx.join('\n'))
    t.true(answered > 100)
  })
}

interface Clients {
  machine: { id: string; secret: string }
  wiki: string
}

/** Sends authorization requests and token requests in turn, without waiting for earlier ones. */
class Load {
  readonly #agent: Agent
  readonly #port: string
  readonly #requests: Promise<void>[] = []
  readonly #clients: Clients
  readonly #lost: string[] = []
  readonly #timer: NodeJS.Timeout

  constructor({ url, certificate }: Nginx, clients: Clients) {
    this.#port = new URL(url).port
    this.#agent = new Agent({ keepAlive: true, ca: certificate })
    this.#clients = clients
    this.#timer = setInterval(() => this.#requests.push(this.#one()), BETWEEN_MS)
  }

  async end(): Promise<{ answered: number; lost: string[] }> {
    clearInterval(this.#timer)
    await Promise.all(this.#requests)
    this.#agent.destroy()
    return { answered: this.#requests.length - this.#lost.length, lost: this.#lost }
  }

  async #one(): Promise<void> {
    const posts = this.#requests.length % 2 === 0
    const begun = Date.now()
    try {
      const status = await (posts ? this.#token() : this.#authorize())
      if (status !== (posts ? 200 : 303)) this.#lost.push(`${posts ? 'token' : 'authorize'}: ${status}`)
    } catch (error) {
      this.#lost.push(`${posts ? 'token' : 'authorize'}: ${error} after ${Date.now() - begun} ms`)
    }
  }

  #token(): Promise<number> {
    const { id, secret } = this.#clients.machine
    const headers = {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    }
    return this.#send({ method: 'POST', path: '/token', headers }, 'grant_type=client_credentials')
  }

  #authorize(): Promise<number> {
    const query = new URLSearchParams({
      client_id: this.#clients.wiki,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    return this.#send({ method: 'GET', path: `/auth?${query}`, headers: {} }, '')
  }

  async #send(what: { method: string; path: string; headers: Record<string, string> }, body: string): Promise<number> {
    const sent = request({ host: 'localhost', port: this.#port, agent: this.#agent, timeout: 120_000, ...what })
    sent.once('timeout', () => sent.destroy(new Error('no answer')))
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
    return answer.statusCode ?? 0
  }
}
