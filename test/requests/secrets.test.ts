import { randomBytes } from 'node:crypto'
import test from 'ava'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { network } from '../../src/base/network/ip-ranges.ts'
import { administrator } from '../support/admin-api.ts'
import { addApp } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { codeGrant } from '../support/codes.ts'
import { Prover } from '../support/dpop.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'
import { waitFor } from '../support/wait-for.ts'
import { why } from '../support/why.ts'

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h', SECOND_FACTOR_LIMIT: '100/1h' } })
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const PARAMETERS = [
  ...[
    'client_id',
    'redirect_uri',
    'post_logout_redirect_uri',
    'scope',
    'state',
    'nonce',
    'response_type',
    'grant_type',
  ],
  ...['response_mode', 'prompt', 'acr_values', 'max_age', 'ui_locales', 'code', 'code_challenge', 'code_verifier'],
  ...['code_challenge_method', 'client_secret', 'refresh_token', 'token', 'id_token_hint', 'login_hint', 'request'],
  ...['request_uri', 'claims', 'resource', 'username', 'password', 'client_assertion', 'client_assertion_type', 'odd'],
]
const ENDPOINTS = ['/auth', '/token', '/token/introspection', '/token/revocation', '/request', '/session/end', '/me']

/** What the store has of refused requests, as it is. */
async function stored({ redis, em }: App): Promise<string[]> {
  if (!redis) {
    const rows = await em
      .fork()
      .execute<{ payload: string }[]>(`select payload from artifact where kind = 'RefusedRequest'`)
    return rows.map(({ payload }) => payload)
  }
  const keys = await redis.keys('*RefusedRequest:*')
  return (await Promise.all(keys.map(key => redis.get(key)))).map(String)
}

const spellings = (secret: string) => [secret, encodeURIComponent(secret), secret.replaceAll(' ', '+'), btoa(secret)]

test('A-07: no secret of a refused request is kept or shown, wherever it was sent', async t => {
  const secrets: Record<string, string> = {}
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const begun = await rp.begin({ scope: 'openid email offline_access', prompt: 'consent' })
  const browser = await rp.visit(begun, ada)
  const form = codeGrant(begun, browser)
  const { body: tokens } = await rp.post('/token', form)
  const proof = await (await Prover.of(gatehouse)).proof()
  const { token: link } = await app.scope(() => app.passwordReset.link(ada.email, { by: operator }))
  Object.assign(secrets, { 'client secret': rp.secret, code: form.code, verifier: begun.verifier, state: begun.state })
  Object.assign(secrets, {
    access: tokens.access_token,
    refresh: tokens.refresh_token,
    id: tokens.id_token,
    proof,
    link,
  })

  const sent: { headers: Headers }[] = []
  const post = async (path: string, body: [string, string][] | Record<string, string>, headers = {}) =>
    void sent.push(await rp.post(path, body, { headers }))
  const get = async (path: string, headers = {}) =>
    void sent.push(await fetch(url + path, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' }))

  // Every secret as the value of every parameter, at every endpoint, and as the name of one.
  for (const path of ENDPOINTS) {
    await Promise.all(['127.0.0.1', '::1'].map(ip => app.limits.refusedRequestsByIp.reset(network(ip))))
    for (const secret of Object.values(secrets)) {
      const misplaced = Object.fromEntries(PARAMETERS.map(name => [name, secret]))
      const known = { client_id: rp.id, redirect_uri: CALLBACK, response_type: 'code' }
      await post(path, { ...misplaced, [secret]: 'x', grant_type: 'refresh_token' }, { dpop: proof })
      await get(`${path}?${new URLSearchParams({ ...misplaced, ...known })}`, { authorization: `Bearer ${secret}` })
      await get(`${path}?${new URLSearchParams(misplaced)}`, { authorization: `DPoP ${secret}`, dpop: proof })
      const address = `https://ada:${secret}@app.example.org/${secret}?code=${secret}#${secret}`
      await get(`/auth?${new URLSearchParams({ ...known, redirect_uri: address, state: secret })}`)
    }
  }
  await Promise.all(['127.0.0.1', '::1'].map(ip => app.limits.refusedRequestsByIp.reset(network(ip))))
  for (const secret of Object.values(secrets)) {
    await get(`/api/v1/accounts?search=${secret}`, { authorization: `Bearer ${secret}` })
    await get(`/reset-password/${secret}x`)
    await get(`/verify-email/${secret}`)
  }

  // What people type.
  secrets['wrong password'] = 'my wrong password'
  secrets.password = ada.password
  await post('/token', { ...form, client_id: 'other', client_secret: 'my wrong password', password: ada.password })
  await post('/token', { grant_type: 'password', username: ada.email, password: ada.password })
  await addApp(gatehouse, ada.id).then(({ recoveryCodes }) => Object.assign(secrets, { ...recoveryCodes }))
  const signingIn = new Browser(url, { accept: 'text/html' })
  await signingIn.open((await rp.begin({ prompt: 'login' })).url.href)
  await signingIn.submit({ email: ada.email, password: 'my wrong password' })
  sent.push(signingIn.page)
  await signingIn.submit({ email: ada.email, password: ada.password })
  secrets.totp = '000001'
  await signingIn.submit({ code: '000001' })
  sent.push(signingIn.page)
  const resetting = await new Browser(url).open(`/reset-password/${link}`)
  secrets['short password'] = 'short 1'
  await resetting.submit({ password: 'short 1' })
  sent.push(resetting.page)

  // JSON.
  const { api } = await administrator(gatehouse)
  const inJson = { ...secrets, 'in json': randomBytes(16).toString('hex') }
  Object.assign(secrets, inJson)
  for (const secret of Object.values(inJson))
    sent.push(await api.send('post', '/clients', { body: { name: secret, profile: secret, redirect_uris: [secret] } }))

  const last = await why(gatehouse, sent.at(-1)!)
  t.is(last.refusal.route, '/api/v1/clients')
  await app.refusedRequests.settled()
  const records = await waitFor(async () => ((await stored(app)).length >= 100 ? stored(app) : null))
  const told = await Promise.all(
    sent
      .slice(0, 30)
      .concat(sent.slice(-40))
      .map(async ({ headers }) => {
        const id = headers.get('x-request-id')!
        return JSON.stringify(await app.scope(() => app.requestReports.explain(id)).catch(() => null))
      }),
  )
  t.true(told.filter(each => each !== 'null').length > 20)
  for (const [name, secret] of Object.entries(secrets)) {
    t.true(secret.length >= 6, name)
    for (const spelling of spellings(secret))
      for (const text of [...records, ...told, last.text]) if (text.includes(spelling)) t.fail(`${name}: ${text}`)
  }
  t.false(records.join().includes(ada.email), 'nor an email')
})
