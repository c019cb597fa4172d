import { lookup } from 'node:dns/promises'
import type { Socket } from 'node:net'
import { Redis } from 'ioredis'

/** Milliseconds. */
const TIMEOUT = 1000

/** Asks the Sentinels whether a connection still leads to the master. */
export class RedisSentinels {
  readonly #name: string
  readonly #sentinels: Redis[]

  /** The Sentinels of this client; null if it has none. */
  static of({ options: { sentinels, name, sentinelTLS } }: Redis): RedisSentinels | null {
    if (!sentinels || !name) return null
    const connections = sentinels.map(({ host = '127.0.0.1', port = 26379 }) => {
      const one = new Redis({
        host,
        port,
        ...(sentinelTLS && { tls: sentinelTLS }),
        lazyConnect: true,
        connectTimeout: TIMEOUT,
        commandTimeout: TIMEOUT,
        maxRetriesPerRequest: 0,
        retryStrategy: () => TIMEOUT,
      })
      // The pending command rejects as well.
      one.on('error', () => {})
      return one
    })
    return new RedisSentinels(name, connections)
  }

  private constructor(name: string, sentinels: Redis[]) {
    this.#name = name
    this.#sentinels = sentinels
  }

  /** True if more than half of the Sentinels answer, and each names this server as master, with no failover going on. */
  async confirmMaster({ remoteAddress, remotePort }: Socket): Promise<boolean> {
    const answers = await Promise.all(this.#sentinels.map(sentinel => this.#ask(sentinel)))
    const known = answers.filter(answer => answer !== null)
    if (2 * known.length <= answers.length) return false
    for (const { ip = '', port, flags = '' } of known) {
      if (flags.includes('failover_in_progress') || Number(port) !== remotePort) return false
      if (!(await addresses(ip)).includes(plain(remoteAddress ?? ''))) return false
    }
    return true
  }

  close(): void {
    for (const sentinel of this.#sentinels) sentinel.disconnect()
  }

  async #ask(sentinel: Redis): Promise<Record<string, string> | null> {
    try {
      const fields = (await sentinel.call('SENTINEL', 'MASTER', this.#name)) as string[]
      return Object.fromEntries(fields.flatMap((field, i) => (i % 2 === 0 ? [[field, fields[i + 1] ?? '']] : [])))
    } catch {
      return null
    }
  }
}

async function addresses(host: string): Promise<string[]> {
  return (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => plain(address))
}

/** Strips the IPv6 prefix that dual-stack sockets put before an IPv4 address. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/, '')
}
