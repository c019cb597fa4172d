/**
 * An example application (a relying party) that signs people in through an OpenID provider. It is here to be read:
 * everything OpenID Connect needs is in `relying-party.ts` and `logout.ts`, everything an API needs is in `api.ts`, and the
 * rest is an ordinary small web application. Of the provider's code it uses `gatehouse/resource-server` alone, as any API
 * can: copied to a project with that module, the folder still runs.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { protection } from './api.ts'
import { createDemo, type Log } from './app.ts'
import { API_SCOPE, RelyingParty } from './relying-party.ts'

export interface DemoOptions {
  /** The provider's issuer, e.g. `http://localhost:3000`. It need not be up yet. */
  issuer: string
  /** 0 picks a free port. */
  port: number
  /** Address to listen on. */
  host?: string
  clientId: string
  clientSecret: string
  /** Resource indicator (RFC 8707) of the API of the demo; `<url>/api` by default. */
  resource?: string
  log?: Log
}

export interface Demo {
  /** Address for the browser, without a trailing slash. */
  url: string
  /** Stops listening, and resolves once the requests under way have been answered. */
  close(): Promise<void>
}

/** The client registration for a demo at `url`. */
export function demoAddresses(url: string) {
  return {
    redirectUri: `${url}/callback`,
    postLogoutRedirectUri: `${url}/`,
    backchannelLogoutUri: `${url}/backchannel-logout`,
    resource: `${url}/api`,
  }
}

/** Rejects with the system error (`code: 'EADDRINUSE'`, …) if it cannot listen on the port. */
export async function startDemo({ host = '127.0.0.1', log = console, ...options }: DemoOptions): Promise<Demo> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, host, resolve)
  })

  const { port } = server.address() as AddressInfo
  const url = `http://${nameOf(host)}:${port}`
  const addresses = demoAddresses(url)
  const relyingParty = new RelyingParty({ ...addresses, ...options, api: `${url}/api` })
  const { issuer, resource } = relyingParty
  const api = protection({ issuer, resource, scope: API_SCOPE, log: message => log.warn(message) })
  server.on('request', createDemo({ url, relyingParty, api, log }).callback())
  void api.start()

  return {
    url,
    close: () =>
      new Promise((resolve, reject) => {
        api.close()
        server.close(error => (error ? reject(error) : resolve()))
        server.closeIdleConnections()
      }),
  }
}

/** The host of the demo's address: `localhost` for this machine, as in the registered redirect URIs. */
function nameOf(host: string) {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
