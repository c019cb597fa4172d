import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from '../../src/base/config.ts'
import { EXIT } from '../kit/exit-codes.ts'
import { CliError } from '../kit/failures.ts'

const TRIES = 100

interface FreePorts {
  config: Config
  load: (overrides: NodeJS.ProcessEnv) => Config
  tell: (text: string) => void
}

/**
 * The configuration with free ports. Where a port is in use the next one is taken; in production, or where PUBLIC_URL
 * is set, applications rely on the port, and one in use is an error.
 */
export async function withFreePorts({ config, load, tell }: FreePorts): Promise<Config> {
  const overrides: NodeJS.ProcessEnv = {}
  const { port, demoPort, demoUpstreamPort } = config
  if (!(await isFree(config, port))) {
    overrides.PORT = String(await nextFree(config, port))
    const moved = load(overrides)
    // The issuer follows the port only where PUBLIC_URL is not set.
    if (config.production || moved.issuer === config.issuer) throw portTaken(port)
    tell(`Port ${port} is in use; using ${moved.issuer} instead. Set PORT to choose another.`)
  }
  await move('DEMO_PORT', demoPort, 'the demo')
  await move('DEMO_UPSTREAM_PORT', demoUpstreamPort, 'Example Upstream')
  return Object.keys(overrides).length > 0 ? load(overrides) : config

  async function move(name: string, from: number | null, what: string): Promise<void> {
    if (from === null) return
    const moved = Object.values(overrides).map(Number)
    if (!moved.includes(from) && (await isFree(config, from))) return
    const to = await nextFree(config, Math.max(from, ...moved))
    overrides[name] = String(to)
    tell(`Port ${from} is in use; ${what} is on ${to} instead. Set ${name} to choose another.`)
  }
}

function portTaken(port: number): CliError {
  return new CliError({
    exit: EXIT.configuration,
    code: 'port_taken',
    message: `port ${port} is in use by another program`,
    advice:
      'Stop that program, or set another PORT (or --port), and change PUBLIC_URL and the proxy in front to match.',
  })
}

async function nextFree(config: Config, taken: number): Promise<number> {
  for (let port = taken + 1; port <= Math.min(taken + TRIES, 65_535); port++) {
    const ours = [config.port, config.demoPort, config.demoUpstreamPort].includes(port)
    if (!ours && (await isFree(config, port))) return port
  }
  throw portTaken(taken)
}

/** @throws Error where the address cannot be listened on */
export async function tryToListen({ host, port }: { host: string; port: number }): Promise<void> {
  const probe = createServer()
  const listening = once(probe, 'listening')
  probe.listen({ host, port, exclusive: true })
  await listening
  await new Promise(resolve => probe.close(resolve))
}

/** `localhost` is two addresses: a program on ::1 would get the browser's requests instead of us. */
async function isFree({ host }: Config, port: number): Promise<boolean> {
  const addresses = host === '127.0.0.1' ? [host, '::1'] : [host]
  for (const address of addresses) {
    const error = await tryToListen({ host: address, port }).catch(error => error)
    if (error?.code === 'EADDRINUSE') return false
  }
  return true
}
