/**
 * One keep-alive connection of the load generator, over undici's dispatch (its interface with the least overhead), with a cookie jar.
 * Each connection comes from a loopback address of its own, so that limits per address see many clients.
 */
import { Client } from 'undici'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

export interface Ask {
  method: 'GET' | 'POST'
  /** path and query, or an absolute URL of the same origin */
  path: string
  headers?: Record<string, string>
  body?: string | null
  /** send and keep cookies */
  cookies?: boolean
}

export class Connection {
  readonly origin: string
  readonly #client: Client
  readonly #jar = new Map<string, { value: string; path: string }>()

  constructor(origin: string, index: number) {
    this.origin = origin
    const localAddress = `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`
    this.#client = new Client(origin, { pipelining: 1, localAddress })
  }

  async ask({ method, path, headers = {}, body = null, cookies = false }: Ask): Promise<Answer> {
    const target = path.startsWith(this.origin) ? path.slice(this.origin.length) : path
    const sent = cookies ? { ...headers, cookie: this.#cookiesFor(target) } : headers
    const answer = await this.#dispatch(method, target, sent, body)
    if (cookies) this.#keep(answer.headers['set-cookie'])
    return answer
  }

  forgetCookies() {
    this.#jar.clear()
  }

  close() {
    return this.#client.destroy()
  }

  #dispatch(method: string, path: string, headers: Record<string, string>, body: string | null): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const answer: Answer = { status: 0, headers: {}, body: '' }
      const chunks: Buffer[] = []
      this.#client.dispatch(
        { method, path, headers, body },
        {
          onRequestStart() {},
          onResponseStart(_controller, status, received) {
            answer.status = status
            answer.headers = received
          },
          onResponseData(_controller, chunk) {
            chunks.push(chunk)
          },
          onResponseEnd() {
            answer.body = (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString() ?? ''
            resolve(answer)
          },
          onResponseError(_controller, error) {
            reject(error)
          },
        },
      )
    })
  }

  #cookiesFor(path: string) {
    let header = ''
    for (const [name, { value, path: scope }] of this.#jar) {
      if (path.startsWith(scope)) header += `${header && '; '}${name}=${value}`
    }
    return header
  }

  #keep(received: string | string[] | undefined) {
    if (received == null) return
    for (const line of typeof received === 'string' ? [received] : received) {
      const [pair = '', ...attributes] = line.split('; ')
      const at = pair.indexOf('=')
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
      const path = attributes.find(text => text.toLowerCase().startsWith('path='))?.slice(5) ?? '/'
      if (value === '') this.#jar.delete(name)
      else this.#jar.set(name, { value, path })
    }
  }
}
