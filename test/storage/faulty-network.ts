import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A response of the server that is held back. */
export interface HeldAnswer {
  pass(): void
  /** Drops the response and closes its connection. */
  lose(): void
}

/** Holds back one response: the first match on a connection that has sent a matching request. */
interface Hold {
  asked: RegExp
  answered: RegExp
  done: (answer: HeldAnswer) => void
}

/** Holds back the response on the network on which it arrives first. */
export function holdAnswer(networks: readonly FaultyNetwork[], asked: RegExp, answered: RegExp): Promise<HeldAnswer> {
  return new Promise(resolve => {
    const hold = {
      asked,
      answered,
      done(answer: HeldAnswer) {
        for (const network of networks) network.hold = null
        resolve(answer)
      },
    }
    for (const network of networks) network.hold = hold
  })
}

/** A TCP proxy in front of a real server that can close connections, stop forwarding, or delay responses. */
export class FaultyNetwork {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** How many chunks clients have sent; on loopback, one for each write. */
  sent = 0
  hold: Hold | null = null
  /** Closes the next connection that sends a matching request, without forwarding the request. */
  breakAt: RegExp | null = null
  #silent = false
  #cut = false
  #delay = 0

  /** Without a server behind it, a connected client never gets a response. */
  constructor(behind?: { host: string; port: number }) {
    this.#server = createServer(near => {
      this.#hold(near)
      if (this.#cut) near.destroy()
      if (this.#cut || behind === undefined) return
      const far = this.#hold(connect(behind.port, behind.host))
      let held: Hold | null = null
      const arrive = (data: string | Buffer) => {
        if (this.#delay > 0) setTimeout(() => near.write(data), this.#delay)
        else near.write(data)
      }
      near.on('data', data => {
        this.sent += 1
        const asked = data.toString('latin1')
        if (this.breakAt?.test(asked)) {
          this.breakAt = null
          near.destroy()
          return
        }
        if (this.hold?.asked.test(asked)) held = this.hold
        if (!this.#silent) far.write(data)
      })
      far.on('data', data => {
        if (this.#silent) return
        if (!held || held !== this.hold || !held.answered.test(data.toString('latin1'))) return arrive(data)
        far.pause()
        held.done({
          pass() {
            near.write(data)
            far.resume()
          },
          lose: () => near.destroy(),
        })
      })
      near.on('close', () => far.destroy())
      far.on('close', () => near.destroy())
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  silence(): void {
    this.#silent = true
  }

  /** Delays responses by so many milliseconds. */
  slow(milliseconds: number): void {
    this.#delay = milliseconds
  }

  /** Closes all open connections and every new one. */
  cut(): void {
    this.#cut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#silent = false
    this.#cut = false
    this.#delay = 0
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #hold(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }
}
