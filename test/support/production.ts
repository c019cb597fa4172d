import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { Agent, setGlobalDispatcher } from 'undici'
import { type Answer, gatehouse, Serving } from './command.ts'
import { eventually } from './eventually.ts'
import { type Nginx, publicPorts, startNginx } from './nginx.ts'
import { PASSWORD } from './people.ts'
import { findProgram, freePort } from './programs.ts'
import { freshDatabase, freshRedis, SECRET_KEYS, servers } from './servers.ts'

/** Whether this machine and this run have all parts of a production setup; only Linux has several loopback addresses. */
export const hasProduction =
  servers() !== null && process.platform === 'linux' && findProgram('nginx') !== null && findProgram('openssl') !== null

/** The address that requests of this process come from, different from the address of nginx. */
export const OUR_ADDRESS = '127.0.0.9'

export interface Production {
  /** The public address, behind nginx with TLS. */
  url: string
  /** The address that the workers listen on, behind nginx. */
  inside: string
  env: Record<string, string>
  serving: Serving
  nginx: Nginx
  /** The answer of the first command, on the empty database. */
  created: Answer
  /** The process ids of the workers that are alive. */
  workers(): Promise<number[]>
  /** Runs a command with --json. @returns its answer */
  command<T>(...args: string[]): Promise<T>
}

/**
 * Gatehouse as operators run it: an empty PostgreSQL and Redis, the first superuser by command, two workers, and nginx
 * with the shipped configuration. From then on, this process trusts the certificate, and its requests come from
 * OUR_ADDRESS.
 */
export async function startProduction(t: Pick<ExecutionContext, 'teardown'>): Promise<Production> {
  const ports = await publicPorts()
  const shares = await Promise.all([freshDatabase({ empty: true }), freshRedis()])
  for (const share of shares) t.teardown(() => share.drop())
  const port = await freePort()
  const env = {
    NODE_ENV: 'production',
    PUBLIC_URL: ports.url,
    PORT: String(port),
    HOST: '127.0.0.1',
    DATABASE_URL: shares[0].url,
    REDIS_URL: shares[1].url,
    SECRET_KEYS,
    TRUST_PROXY: 'loopback',
    EMAIL_VERIFICATION: 'off',
  }
  const created = await gatehouse(['create-superuser', 'root@example.org', '--password-stdin'], env, PASSWORD)
  const serving = new Serving(env, ['--workers', '2'])
  t.teardown(async () => void (await serving.stop('SIGKILL')))
  const inside = `http://127.0.0.1:${port}`
  const workers = () => childrenOf(serving.pid)
  const ready = () => isReady(inside)
  if (!(await eventually(ready))) throw new Error(`It did not start:\n${serving.output}`)

  const nginx = await startNginx([`127.0.0.1:${port}`], ports)
  if (!nginx) throw new Error('nginx and openssl are needed: check hasProduction first')
  t.teardown(() => nginx.stop())
  setGlobalDispatcher(new Agent({ localAddress: OUR_ADDRESS, connect: { ca: nginx.certificate } }))

  async function command<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await gatehouse([...args, '--json'], env)
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout)
  }
  return { url: ports.url, inside, env, serving, nginx, created, workers, command }
}

/** Whether the server at the address is ready; false if nothing listens there. */
export async function isReady(inside: string): Promise<boolean> {
  try {
    return (await fetch(`${inside}/readyz`, { headers: { connection: 'close' } })).ok
  } catch {
    return false
  }
}

export async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  const processes = stdout
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
  return processes.flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid] : []))
}
