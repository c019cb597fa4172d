import { randomUUID } from 'node:crypto'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'
import { servers } from '../support/servers.ts'

/**
 * Runs as a separate process because it logs to its standard output. It does everything that involves secrets, with
 * valid and invalid requests, and sends its parent the secrets that must not be in that output.
 */
const production = { NODE_ENV: 'production', ALLOW_HTTP: 'true', HOST: '127.0.0.1', PASSWORD_HASHING: 'm=7168,t=5,p=1' }
// In production mode, details for developers go to the log; it needs storage servers.
const gatehouse = await startGatehouse({ env: { LOG_LEVEL: 'trace', ...(servers() ? production : {}) } })
const { app, url } = gatehouse
const secrets: Record<string, string> = {}
const remember = (name: string, value: string | null | undefined) => {
  if (value) secrets[`${name} ${randomUUID().slice(0, 4)}`] = value
}

const rp = await RelyingParty.register(gatehouse)
const ada = await makePerson(gatehouse)
remember('client secret', rp.secret)
remember('password', ada.password)

const browser = new Browser(url)
const begun = await rp.begin({ scope: 'openid email offline_access', prompt: 'consent' })
await browser.open(begun.url.href)
await browser.submit({ email: ada.email, password: 'my wrong password' })
remember('wrong password', 'my wrong password')
await browser.submit({ email: ada.email, password: ada.password })
await browser.submit({ decision: 'allow' })
const code = new URL(browser.page.url).searchParams.get('code')!
const form = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: begun.verifier }
const tokens = (await rp.post('/token', form)).body as Record<string, string>
remember('code', code)
remember('verifier', begun.verifier)
for (const name of ['access_token', 'refresh_token', 'id_token']) remember(name, tokens[name])
const html = { headers: { accept: 'text/html' } }
const bearer = { authorization: `Bearer ${tokens.access_token}` }
await fetch(`${url}/me`, { headers: bearer })
await rp.post('/token/introspection', { token: tokens.access_token! })
const refreshed = await rp.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! })
for (const name of ['access_token', 'refresh_token']) remember(name, (refreshed.body as Record<string, string>)[name])

// Failed requests log the most.
await rp.post('/token', { ...form, code_verifier: 'x'.repeat(43) })
await rp.post('/token', { ...form, client_secret: 'another secret' })
await rp.post('/token', { grant_type: 'refresh_token', refresh_token: `${tokens.refresh_token}x` })
await rp.post('/token', { grant_type: 'password', password: ada.password, username: ada.email })
await fetch(`${url}/token`, {
  method: 'POST',
  body: new URLSearchParams({ ...form, client_id: rp.id, client_secret: 'another secret' }),
})
await fetch(`${url}/token?client_secret=${rp.secret}&code=${code}`, { headers: { ...bearer, accept: 'text/html' } })
await rp.post('/token', [
  ['code', code],
  ['code', code],
  ['grant_type', 'authorization_code'],
])
await fetch(`${url}/me?access_token=${tokens.access_token}`)
await fetch(`${url}/me`, { headers: { authorization: `Bearer ${tokens.access_token}x` } })
await browser.open(`${url}/session/end?id_token_hint=${tokens.id_token}x`)
const misplaced = {
  ...tokens,
  code,
  password: ada.password,
  client_secret: rp.secret!,
  id_token_hint: tokens.id_token!,
}
await browser.open(`${url}/auth?${new URLSearchParams({ ...misplaced, client_id: rp.id })}`)
await browser.open(`${url}/auth?${new URLSearchParams({ ...misplaced, client_id: 'nobody' })}`)
await rp.post(
  '/token',
  { ...misplaced, grant_type: 'x', assertion: code, subject_token: code, device_code: code },
  html,
)
remember('another secret', 'another secret')
await rp.post('/token/revocation', { token: tokens.access_token! })

const { token } = await app.scope(() => app.passwordReset.link(ada.email, { by: operator }))
remember('recovery token', token)
const recovering = await new Browser(url).open(`/reset-password/${token}`)
await recovering.submit({ password: 'short 1' })
await recovering.submit({ password: 'a new and much better password' })
remember('new password', 'a new and much better password')
remember('short password', 'short 1')
await new Browser(url).open(`/reset-password/${token}`)
const setup = await app.scope(() => app.setup.link())
remember('setup token', setup)
const settingUp = await new Browser(url).open(`/setup/${setup}`)
await settingUp.submit({ email: 'first@example.org', password: 'the first password of all' })
remember('first password', 'the first password of all')

for (const each of [browser, recovering])
  for (const cookie of each.cookies.values()) remember(cookie.name, cookie.value)
for (const key of app.config.secretKeys) remember('secret key', key.toString('base64'))

// An internal error, which logs what it knows of the request.
const broken = await new Browser(url).open((await rp.begin()).url.href)
await app.database.close()
await broken.submit({ email: ada.email, password: 'typed into a broken server' })
remember('password to a broken server', 'typed into a broken server')
process.send?.(secrets, () => process.exit(0))
