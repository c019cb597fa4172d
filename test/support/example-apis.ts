import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { freePort } from './programs.ts'
import { settles } from './settles.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FRAMEWORKS = ['express', 'koa', 'fastify', 'hono'] as const

/** An example API (examples/api-*.mjs) in a process of its own. */
export class ExampleApi {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 24 })
  readonly framework: string
  readonly #port: number
  readonly #end: () => void

  constructor({ framework, port, end }: { framework: string; port: number; end: () => void }) {
    this.framework = framework
    this.#port = port
    this.#end = end
  }

  /** The status with which it answers a request with this access token. Connections are kept open. */
  status(token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` }
    return new Promise((resolve, reject) => {
      request({ port: this.#port, path: '/orders', headers, agent: this.#agent }, response => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
        .on('error', reject)
        .end()
    })
  }

  stop(): void {
    this.#agent.destroy()
    this.#end()
  }
}

/** One for each framework; they ask for the scope `orders:read`. */
export function startExampleApis(issuer: string, audience: string): Promise<ExampleApi[]> {
  return Promise.all(
    FRAMEWORKS.map(async framework => {
      const port = await freePort()
      const child = spawn(process.execPath, [`examples/api-${framework}.mjs`], {
        cwd: ROOT,
        env: { PATH: process.env.PATH, ISSUER: issuer, AUDIENCE: audience, PORT: String(port) },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const end = () => void child.kill()
      process.once('exit', end)
      await settles(once(child.stdout, 'data'))
      return new ExampleApi({ framework, port, end })
    }),
  )
}
