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

/** Our registration there. The secret is new at every start, and only this process knows it. */
interface UpstreamKey {
  port: number
  secret: string
  provider: IdentityProvider
}

export function usualUpstreamPort({ port, demoPort }: Config): number {
  return [3002, 3003, 3004].find(each => each !== port && each !== demoPort) ?? 3002
}

/**
 * Registers Example Upstream as a provider like any other; disables it and returns null where it is turned off.
 * @throws Conflict where an operator has added another provider of its name
 */
export async function registerUpstream(app: App): Promise<UpstreamKey | null> {
  const { config, identityProviders } = app
  return app.scope(async () => {
    const existing = (await identityProviders.list()).find(({ name }) => name === NAME) ?? null
    const ours = existing?.clientId === CLIENT_ID
    const { demoUpstreamPort: port } = config
    if (port === null) {
      if (ours) await identityProviders.disable(NAME, { by: system })
      return null
    }
    if (existing && !ours)
      throw new Conflict(`the name of Example Upstream is taken: there is another provider ${NAME}`)
    const issuer = `http://localhost:${port}`
    const secret = newSecret()
    return { port, secret, provider: await upsert(existing, { issuer, secret }) }
  })

  async function upsert(existing: IdentityProvider | null, { issuer, secret }: { issuer: string; secret: string }) {
    // Identities belong to an issuer: on another port it is another provider.
    if (existing && existing.issuer !== issuer) await identityProviders.remove(NAME, { by: system })
    if (existing?.issuer === issuer) {
      await identityProviders.update(NAME, { title: TITLE, secret }, { by: system })
      return identityProviders.enable(NAME, { by: system })
    }
    const definition = { kind: 'oidc', name: NAME, title: TITLE, issuer, clientId: CLIENT_ID, secret } as const
    return identityProviders.register(definition, { by: system })
  }
}

export async function openUpstream(app: App, key: UpstreamKey | null, log: Logger): Promise<Upstream | null> {
  if (!key) return null
  const { issuer, host } = app.config
  const { redirectUri, signedOutUri, backchannelLogoutUri } = app.upstreamClient.clientUris(key.provider)
  const { startUpstream } = await import('../../demo/upstream/server.ts')
  return startUpstream({
    gatehouse: issuer,
    host,
    port: key.port,
    log,
    client: {
      clientId: CLIENT_ID,
      clientSecret: key.secret,
      redirectUri,
      postLogoutRedirectUri: signedOutUri,
      backchannelLogoutUri,
    },
  })
}
