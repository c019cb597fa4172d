import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A stretch of network in front of a real server, which can be cut, go silent, or become slow. */
export class FaultyNetwork {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** How many pieces of data clients have sent; on loopback, one for each write. */
  sent = 0
  #silent = false
  #cut = false
  #delay = 0

  /** Without a server behind it, whoever connects waits for ever. */
  constructor(behind?: { host: string; port: number }) {
    this.#server = createServer(near => {
      this.#hold(near)
      if (this.#cut) near.destroy()
      if (this.#cut || behind === undefined) return
      const far = this.#hold(connect(behind.port, behind.host))
      near.on('data', data => {
        this.sent += 1
        if (!this.#silent) far.write(data)
      })
      far.on('data', data => {
        if (this.#delay > 0) setTimeout(() => near.write(data), this.#delay)
        else if (!this.#silent) near.write(data)
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

  /** Answers come so many milliseconds later. */
  slow(milliseconds: number): void {
    this.#delay = milliseconds
  }

  /** Closes what is open and whatever comes. */
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
