import { createServer } from 'node:net'
import type { Config } from '../../src/base/config.ts'
import { EXIT } from '../exit-codes.ts'
import { CliError } from '../failures.ts'

const TRIES = 100

export interface FreePorts {
  config: Config
  load: (instead: NodeJS.ProcessEnv) => Config
  tell: (text: string) => void
}

/**
 * The configuration with ports that can be had. A newcomer's taken port is answered with the next one; where an
 * address was given, or in production, applications rely on it, and a taken port is refused.
 */
export async function withFreePorts({ config, load, tell }: FreePorts): Promise<Config> {
  const instead: NodeJS.ProcessEnv = {}
  const { port, demoPort } = config
  if (!(await isFree(config, port))) {
    instead.PORT = String(await nextFree(config, port))
    const moved = load(instead)
    // The address follows the port only where PUBLIC_URL was not given.
    if (config.production || moved.issuer === config.issuer) throw portTaken(port)
    tell(`Port ${port} is taken, so this time it is ${moved.issuer}. PORT chooses another for good.`)
  }
  if (demoPort !== null && (String(demoPort) === instead.PORT || !(await isFree(config, demoPort)))) {
    instead.DEMO_PORT = String(await nextFree(config, Math.max(demoPort, Number(instead.PORT ?? 0))))
    tell(
      `Port ${demoPort} is taken, so this time the demo is on ${instead.DEMO_PORT}. DEMO_PORT chooses another for good.`,
    )
  }
  return Object.keys(instead).length > 0 ? load(instead) : config
}

function portTaken(port: number): CliError {
  return new CliError({
    exit: EXIT.configuration,
    code: 'port_taken',
    message: `port ${port} is taken by another program`,
    advice: 'Stop that program, or say PORT=… (or --port) and let PUBLIC_URL and the proxy in front follow.',
  })
}

async function nextFree(config: Config, taken: number): Promise<number> {
  for (let port = taken + 1; port <= Math.min(taken + TRIES, 65_535); port++) {
    if (port !== config.port && port !== config.demoPort && (await isFree(config, port))) return port
  }
  throw portTaken(taken)
}

/** `localhost` is two addresses: another program on ::1 would get the browser's requests instead of us. */
async function isFree({ host }: Config, port: number): Promise<boolean> {
  const addresses = host === '127.0.0.1' ? [host, '::1'] : [host]
  for (const address of addresses) if (await isTaken(address, port)) return false
  return true
}

function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', error => resolve('code' in error && error.code === 'EADDRINUSE'))
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(false)))
  })
}
