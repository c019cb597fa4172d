import { type Demo, demoAddresses, startDemo } from '../../demo/server.ts'
import { operator } from '../../src/base/actor.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { freePort } from '../support/programs.ts'

/** The demo on a free port, registered as the main program does it, but notified of logouts only if asked for. */
export async function startDemoAt({ app, url }: Gatehouse, { notified = false } = {}): Promise<Demo> {
  const port = await freePort()
  const { redirectUri, postLogoutRedirectUri, backchannelLogoutUri, resource } = demoAddresses(
    `http://localhost:${port}`,
  )
  const scopes = [{ name: 'demo:read', description: 'Read from the demo’s API' }]
  const { secret } = await app.scope(async () => {
    const api = { id: resource, name: 'Demo API', scopes, allowSelfRegistered: true }
    await app.resources.register(api, { by: operator })
    return app.clients.register(
      {
        id: 'demo',
        name: 'Demo',
        profile: 'web',
        redirectUris: [redirectUri],
        postLogoutRedirectUris: [postLogoutRedirectUri],
        ...(notified && { backchannelLogoutUri, backchannelLogoutSessionRequired: true }),
        scopes: ['openid', 'profile', 'email', 'roles', 'offline_access', 'demo:read'],
      },
      { by: operator },
    )
  })
  return startDemo({ issuer: url, port, clientId: 'demo', clientSecret: secret ?? '' })
}
