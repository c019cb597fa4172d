import type { Upstream } from '../../demo/upstream/server.ts'
import type { App } from '../../src/app.ts'
import { system } from '../../src/base/actor.ts'
import type { Config } from '../../src/base/config.ts'
import type { Logger } from '../../src/base/log.ts'
import { Conflict } from '../../src/base/refusals.ts'
import { newSecret } from '../../src/base/secrets.ts'
import type { IdentityProvider } from '../../src/federation/providers/identity-provider.ts'

const NAME = 'example'
/** Distinguishes it from a provider of that name that an operator has added. */
const CLIENT_ID = 'gatehouse-example-upstream'
const TITLE = 'Example Upstream'

export function usualUpstreamPort({ port, demoPort }: Config): number {
  return [3002, 3003, 3004].find(each => each !== port && each !== demoPort) ?? 3002
}

/**
 * Starts Example Upstream, and registers it as a provider like any other; disables it and returns null where it is
 * turned off. The client secret is new at each start, and kept in this process alone.
 * @throws Conflict where an operator has added another provider of its name
 */
export async function openUpstream(app: App, log: Logger): Promise<Upstream | null> {
  const { issuer: gatehouse, host, demoUpstreamPort: port } = app.config
  const clientSecret = newSecret()
  const provider = await app.scope(() => register(app, clientSecret))
  if (port === null || !provider) return null
  const { signedOutUri: postLogoutRedirectUri, ...uris } = app.upstreamClient.clientUris(provider)
  const client = { clientId: CLIENT_ID, clientSecret, postLogoutRedirectUri, ...uris }
  const { startUpstream } = await import('../../demo/upstream/server.ts')
  return startUpstream({ gatehouse, host, port, log, client })
}

async function register({ config, identityProviders }: App, secret: string): Promise<IdentityProvider | null> {
  const by = { by: system }
  const existing = (await identityProviders.list()).find(({ name }) => name === NAME)
  const ours = existing?.clientId === CLIENT_ID
  if (config.demoUpstreamPort === null) {
    if (ours) await identityProviders.disable(NAME, by)
    return null
  }
  if (existing && !ours) throw new Conflict(`the name of Example Upstream is taken: there is another provider ${NAME}`)
  const issuer = `http://localhost:${config.demoUpstreamPort}`
  if (existing?.issuer === issuer) {
    await identityProviders.update(NAME, { title: TITLE, secret }, by)
    return identityProviders.enable(NAME, by)
  }
  // Identities belong to an issuer: on another port it is another provider.
  if (existing) await identityProviders.remove(NAME, by)
  return identityProviders.register({ kind: 'oidc', name: NAME, title: TITLE, issuer, clientId: CLIENT_ID, secret }, by)
}
