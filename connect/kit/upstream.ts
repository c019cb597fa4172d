import { once } from 'node:events'
import { createServer } from 'node:http'
import { freePort } from '../../test/support/programs.ts'

/** An application behind a proxy. */
export interface Upstream {
  url: string
  close(): void
}

/** It answers with the headers that it receives. */
export async function startUpstream(): Promise<Upstream> {
  const port = await freePort()
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(request.headers))
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
