/**
 * A proxy in front of Redis that counts commands, which it parses from the protocol (RESP arrays), and round trips.
 * Commands that are sent before the answer to an earlier one share its round trip; answers are held back for a moment, so
 * that commands of the same tick are always counted together.
 */
import { connect, createServer, type Socket } from 'node:net'

export interface Counts {
  commands: string[]
  waits: number
}

export interface CountingProxy {
  url: string
  /** the counts since the last call */
  take(): Counts
  close(): void
}

const holdMilliseconds = 4

export async function countingProxy(redisUrl: string): Promise<CountingProxy> {
  const target = new URL(redisUrl)
  let counts: Counts = { commands: [], waits: 0 }
  let answered = true
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const redis = connect(Number(target.port || 6379), target.hostname)
    for (const socket of [client, redis]) sockets.add(socket.setNoDelay().on('error', () => socket.destroy()))
    const commands = new Commands()
    client.on('data', (chunk: Buffer) => {
      const names = commands.read(chunk)
      if (names.length > 0 && answered) {
        counts.waits += 1
        answered = false
      }
      counts.commands.push(...names)
      redis.write(chunk)
    })
    redis.on('data', chunk => {
      setTimeout(() => {
        answered = true
        client.write(chunk)
      }, holdMilliseconds)
    })
    client.on('close', () => redis.destroy())
    redis.on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = server.address()
  const url = new URL(redisUrl)
  if (address && typeof address === 'object') url.host = `127.0.0.1:${address.port}`
  return {
    url: url.href,
    take() {
      const taken = counts
      counts = { commands: [], waits: 0 }
      return taken
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** The names of the commands in one direction of one connection, however it is split into chunks. */
class Commands {
  #rest: Buffer = Buffer.alloc(0)

  read(chunk: Buffer): string[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const names: string[] = []
    for (let command = this.#next(); command; command = this.#next()) {
      names.push(command.name)
      this.#rest = this.#rest.subarray(command.length)
    }
    return names
  }

  /** The first command; null while part of it is missing. */
  #next() {
    const head = this.#line(0)
    if (!head) return null
    let at = head.end
    let name = ''
    for (let index = 0; index < Number(head.text.slice(1)); index += 1) {
      const length = this.#line(at)
      if (!length) return null
      const end = length.end + Number(length.text.slice(1))
      if (end + 2 > this.#rest.length) return null
      if (index === 0) name = this.#rest.toString('latin1', length.end, end).toUpperCase()
      at = end + 2
    }
    return { name, length: at }
  }

  #line(from: number) {
    const end = this.#rest.indexOf('\r\n', from)
    return end < 0 ? null : { text: this.#rest.toString('latin1', from, end), end: end + 2 }
  }
}
