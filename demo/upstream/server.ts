/**
 * Example Upstream: an external OpenID provider for trying out upstream sign-in, without a network or an account anywhere.
 * Like the demo application, it needs only the addresses of Gatehouse, and none of its code.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { addPages } from './app.ts'
import { createProvider, type RegisteredHere } from './provider.ts'

export interface UpstreamOptions {
  /** 0 picks a free port. */
  port: number
  /** Address to listen on. */
  host?: string
  /** The issuer of the provider that uses it. */
  gatehouse: string
  client: RegisteredHere
  log?: { error(details: object, message: string): void }
}

export interface Upstream {
  /** Its issuer, and its page for the browser. */
  url: string
  close(): Promise<void>
}

/** Rejects with the system error (`code: 'EADDRINUSE'`, …) if it cannot listen on the port. */
export async function startUpstream({
  port,
  host = '127.0.0.1',
  gatehouse,
  client,
  log = console,
}: UpstreamOptions): Promise<Upstream> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const provider = await createProvider(url, client)
  provider.on('server_error', (_ctx, error) => log.error({ err: error }, 'Example Upstream failed'))
  addPages(provider, { gatehouse })
  server.on('request', provider.callback())

  return {
    url,
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error ? reject(error) : resolve()))
        server.closeIdleConnections()
      }),
  }
}
