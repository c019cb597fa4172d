import { type Demo, demoAddresses, startDemo } from '../../demo/server.ts'
import type { App } from '../../src/app.ts'
import { system } from '../../src/base/actor.ts'
import type { Config } from '../../src/base/config.ts'
import type { Logger } from '../../src/base/log.ts'
import { NotFound } from '../../src/base/refusals.ts'

const CLIENT_ID = 'demo'
const SCOPE = { name: 'demo:read', description: 'Read your demo greeting' }

/** The credentials of the demo. The secret is new at every start, and only this process knows it. */
interface DemoKey {
  port: number
  secret: string
}

/** Registers the bundled application like any other; null where it is turned off. */
export async function registerDemo(app: App): Promise<DemoKey | null> {
  const { demoPort: port } = app.config
  if (port === null) return null
  return app.scope(async () => {
    const url = `http://localhost:${port}`
    const { redirectUri, postLogoutRedirectUri, backchannelLogoutUri, resource } = demoAddresses(url)
    const api = { name: 'Demo API', scopes: [SCOPE] }
    const client = {
      name: 'Demo application',
      redirectUris: [redirectUri],
      postLogoutRedirectUris: [postLogoutRedirectUri],
      backchannelLogoutUri,
      backchannelLogoutSessionRequired: true,
      scopes: ['openid', 'profile', 'email', 'roles', 'offline_access', SCOPE.name],
      uri: url,
    }
    if (await exists(app.resources.find(resource))) await app.resources.update(resource, api, { by: system })
    else await app.resources.register({ id: resource, ...api }, { by: system })
    if (await exists(app.clients.find(CLIENT_ID))) await app.clients.update(CLIENT_ID, client, { by: system })
    else await app.clients.register({ id: CLIENT_ID, profile: 'web', ...client }, { by: system })
    const { secret } = await app.clients.rotateSecret(CLIENT_ID, { by: system })
    return { port, secret }
  })
}

export function openDemo(config: Config, key: DemoKey | null, log: Logger): Promise<Demo> | null {
  if (!key) return null
  const { issuer, host } = config
  return startDemo({ issuer, host, port: key.port, clientId: CLIENT_ID, clientSecret: key.secret, log })
}

async function exists(found: Promise<unknown>): Promise<boolean> {
  try {
    await found
    return true
  } catch (error) {
    if (error instanceof NotFound) return false
    throw error
  }
}
