import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { active, isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
const API = 'https://api.example.org'
const by = operator
await app.scope(() => app.resources.register({ id: API, name: 'Orders', scopes: [{ name: 'orders:read' }] }, { by }))

const ada = await makePerson(gatehouse)
const rp = await RelyingParty.register(gatehouse, {
  scopes: ['openid', 'profile', 'offline_access', 'orders:read'],
  postLogoutRedirectUris: ['https://app.example.org/'],
})
const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read'] })
test.after.always(() => gatehouse.stop())

async function allTokens() {
  const stay = await rp.signIn(ada, { scope: 'openid profile offline_access', prompt: 'consent' })
  const { browser } = stay
  const api = await rp.signIn(ada, { scope: 'openid orders:read', resource: API }, browser)
  const unused = await rp.begin({ scope: 'openid profile', prompt: 'none' })
  await browser.open(unused.url.href)
  const code = new URL(browser.page.url).searchParams.get('code')!
  const own = await machine.post('/token', { grant_type: 'client_credentials', scope: 'orders:read' })
  return {
    access: stay.tokens.access_token,
    refresh: stay.tokens.refresh_token!,
    id: stay.tokens.id_token!,
    jwt: api.tokens.access_token,
    code,
    machine: own.body.access_token as string,
    verifier: unused.verifier,
  }
}

const userinfo = (token: string) => fetch(`${url}/me`, { headers: { authorization: `Bearer ${token}` } })

test('C-09: userinfo accepts access tokens only', async t => {
  const { access, refresh, id, jwt, code, machine } = await allTokens()
  for (const [what, token] of Object.entries({ refresh, id, jwt, code, machine, nonsense: 'x', empty: '' })) {
    const answer = await userinfo(token)
    t.true([400, 401].includes(answer.status), `${what}: ${answer.status}`)
    t.false((await answer.text()).includes(ada.id), what)
  }
  t.is((await userinfo(access)).status, 200)
})

test('C-09: only refresh tokens can be refreshed, and only codes can be redeemed', async t => {
  const { access, refresh, id, jwt, code, verifier } = await allTokens()
  for (const [what, token] of Object.entries({ access, id, jwt, code })) {
    const answer = await rp.post('/token', { grant_type: 'refresh_token', refresh_token: token })
    isRefusedAs(t, answer, 'invalid_grant', what)
  }
  const redirect_uri = 'https://app.example.org/callback'
  for (const [what, token] of Object.entries({ access, refresh, id, jwt })) {
    const request = { grant_type: 'authorization_code', code: token, redirect_uri, code_verifier: verifier }
    isRefusedAs(t, await rp.post('/token', request), 'invalid_grant', what)
  }
  t.true(await active(rp, refresh), 'the attempts did not revoke the refresh token')
  t.true(await active(rp, access))
})

test('C-09: only access and refresh tokens can be introspected', async t => {
  const { id, jwt, code } = await allTokens()
  t.false(await active(rp, code))
  t.false(await active(rp, id))
  t.true(await active(rp, jwt))
  const { status, body } = await rp.post('/token/introspection', { token: 'eyJhbGciOiJkaXIifQ....' })
  t.deepEqual([status, body.error], [400, 'unsupported_token_type'], 'one that is encrypted')
})

test('C-09: only an ID token is accepted as id_token_hint', async t => {
  const { access, refresh, id, jwt } = await allTokens()
  const ask = async (path: string, parameters: Record<string, string>) => {
    const response = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`, { redirect: 'manual' })
    const location = response.headers.get('location')
    if (!location) return response.status
    const { origin, searchParams } = new URL(location)
    return [origin, searchParams.get('error')].filter(Boolean).join(' ')
  }
  const begun = await rp.begin({ prompt: 'none' })
  const authorize = (hint: string) =>
    ask('/auth', { ...Object.fromEntries(begun.url.searchParams), scope: 'openid', id_token_hint: hint })
  const signOut = (hint: string) =>
    ask('/session/end', { id_token_hint: hint, post_logout_redirect_uri: 'https://app.example.org/' })

  for (const [what, token] of Object.entries({ access, refresh, jwt })) {
    t.is(await authorize(token), 'https://app.example.org invalid_request', what)
    t.is(await signOut(token), 400, what)
  }
  t.is(await authorize(id), 'https://app.example.org login_required')
  t.is(await signOut(id), 'https://app.example.org')
})

test('C-09: an ID token is refused as a client assertion', async t => {
  const { id } = await allTokens()
  const answer = await rp.post('/token', {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: id,
  })
  isRefusedAs(t, answer, ['invalid_client', 'invalid_request'])
})

test('C-09: a one-time link works for its own purpose only', async t => {
  const setup = (await app.scope(() => app.setup.link()))!
  const recovery = (await app.scope(() => app.passwordReset.link(ada.id, { by }))).token
  const { access, code } = await allTokens()
  const begun = await rp.begin()
  const interaction = (await fetch(begun.url, { redirect: 'manual' })).headers.get('location')!.split('/').at(-1)!

  const opened = async (path: string) => (await fetch(`${url}${path}`)).status
  for (const token of [recovery, access, code, interaction, begun.state])
    t.is(await opened(`/setup/${token}`), 404, 'as a setup link')
  for (const token of [setup, access, code, interaction, begun.state])
    t.is(await opened(`/reset-password/${token}`), 404, 'as a password reset link')
  t.is(await opened(`/setup/${setup}`), 200)
  t.is(await opened(`/reset-password/${recovery}`), 200)
})
