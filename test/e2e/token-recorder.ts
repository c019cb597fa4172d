import { createServer } from 'node:http'
import type { ExecutionContext } from 'ava'
import { request } from 'undici'
import { freePort } from '../support/programs.ts'

/** A proxy in front of a provider, that remembers the tokens which its token endpoint gave out. */
export class TokenRecorder {
  readonly url: string
  /** Where the provider has to listen. */
  readonly port: number
  readonly tokens: string[] = []

  private constructor(url: string, port: number) {
    this.url = url
    this.port = port
  }

  static async start(t: Pick<ExecutionContext, 'teardown'>): Promise<TokenRecorder> {
    const [own, port] = [await freePort(), await freePort()]
    const recorder = new TokenRecorder(`http://localhost:${own}`, port)
    const server = createServer(async (req, res) => {
      const chunks: Buffer[] = []
      for await (const chunk of req) chunks.push(chunk)
      const { connection: _, 'content-length': __, ...headers } = req.headers
      const answered = await request(`http://localhost:${port}${req.url}`, {
        method: (req.method ?? 'GET') as 'GET',
        headers,
        body: chunks.length > 0 ? Buffer.concat(chunks) : null,
      })
      const answer = Buffer.from(await answered.body.arrayBuffer())
      if (req.url === '/token') recorder.#keep(JSON.parse(answer.toString()))
      res.writeHead(answered.statusCode, answered.headers).end(answer)
    })
    server.listen(own, '127.0.0.1')
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    return recorder
  }

  #keep({ access_token, refresh_token, id_token }: Record<string, string>): void {
    for (const token of [access_token, refresh_token, id_token]) if (token) this.tokens.push(token)
  }
}
