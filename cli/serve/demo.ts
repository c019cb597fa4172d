import { type Demo, demoAddresses, startDemo } from '../../demo/server.ts'
import type { App } from '../../src/app.ts'
import { system } from '../../src/base/actor.ts'
import type { Logger } from '../../src/base/log.ts'
import { NotFound } from '../../src/base/refusals.ts'

const CLIENT_ID = 'demo'
const SCOPE = { name: 'demo:read', description: 'Read your demo greeting' }

/** Starts the demo application that comes with Gatehouse; null where it is turned off. */
export async function openDemo(app: App, log: Logger): Promise<Demo | null> {
  const { issuer, host, demoPort: port } = app.config
  if (port === null) return null
  const clientSecret = await app.scope(() => register(app, `http://localhost:${port}`))
  return startDemo({ issuer, host, port, clientId: CLIENT_ID, clientSecret, log })
}

/** Registers it like any other application. @returns its secret: new at each start, and kept in this process alone */
async function register({ clients, resources }: App, url: string): Promise<string> {
  const { redirectUri, postLogoutRedirectUri, backchannelLogoutUri, resource } = demoAddresses(url)
  const by = { by: system }
  const api = { name: 'Demo API', scopes: [SCOPE], allowSelfRegistered: true }
  const client = {
    name: 'Demo application',
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [postLogoutRedirectUri],
    backchannelLogoutUri,
    backchannelLogoutSessionRequired: true,
    scopes: ['openid', 'profile', 'email', 'roles', 'offline_access', SCOPE.name],
    uri: url,
  }
  if (await exists(resources.find(resource))) await resources.update(resource, api, by)
  else await resources.register({ id: resource, ...api }, by)
  if (await exists(clients.find(CLIENT_ID))) await clients.update(CLIENT_ID, client, by)
  else await clients.register({ id: CLIENT_ID, profile: 'web', ...client }, by)
  return (await clients.rotateSecret(CLIENT_ID, by)).secret
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
