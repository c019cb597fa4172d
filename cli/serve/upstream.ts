import type { Upstream } from '../../demo/upstream/server.ts'
import type { App } from '../../src/app.ts'
import { system } from '../../src/base/actor.ts'
import type { Config } from '../../src/base/config.ts'
import type { Logger } from '../../src/base/log.ts'
import { Conflict } from '../../src/base/refusals.ts'
import { newSecret } from '../../src/base/secrets.ts'
import type { IdentityProvider } from '../../src/federation/identity-provider.ts'

const NAME = 'example'
/** What tells it from a provider of that name that somebody has defined. */
const CLIENT_ID = 'gatehouse-example-upstream'
const TITLE = 'Example Upstream'

/** How it knows us. Its secret is new at every start, and only this process knows it. */
interface UpstreamKey {
  port: number
  secret: string
  provider: IdentityProvider
}

export function usualUpstreamPort({ port, demoPort }: Config): number {
  return [3002, 3003, 3004].find(each => each !== port && each !== demoPort) ?? 3002
}

/**
 * Makes it a way of signing in like every other one; null where there is to be none, and then it is none any more.
 * @throws Conflict where somebody has defined another provider of its name
 */
export async function registerUpstream(app: App): Promise<UpstreamKey | null> {
  const { config, identityProviders } = app
  return app.scope(async () => {
    const existing = (await identityProviders.list()).find(({ name }) => name === NAME) ?? null
    const ours = existing?.clientId === CLIENT_ID
    const { upstreamPort: port } = config
    if (port === null) {
      if (ours) await identityProviders.disable(NAME, { by: system })
      return null
    }
    if (existing && !ours)
      throw new Conflict(`there is another identity provider ${NAME}: Example Upstream would be called so`)
    const issuer = `http://localhost:${port}`
    const secret = newSecret()
    return { port, secret, provider: await upsert(existing, { issuer, secret }) }
  })

  async function upsert(existing: IdentityProvider | null, { issuer, secret }: { issuer: string; secret: string }) {
    // Whom a provider knows is known by its issuer: at another port it is another provider.
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
  const { redirectUri, signedOutUri, backchannelLogoutUri } = app.upstreams.addresses(key.provider)
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
