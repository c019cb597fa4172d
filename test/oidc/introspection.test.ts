import { randomUUID } from 'node:crypto'
import test from 'ava'
import { active, codeGrant, codeSource, isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { url } = gatehouse
test.after.always(() => gatehouse.stop())

const introspect = (rp: RelyingParty, token: string, more = {}) => rp.post('/token/introspection', { token, ...more })
const revoke = (rp: RelyingParty, token: string, more = {}) => rp.post('/token/revocation', { token, ...more })

async function tokensOfA() {
  const { rp, person, code } = await codeSource(gatehouse)
  const { body } = await rp.post('/token', await code())
  return { rp, person, access: body.access_token as string, refresh: body.refresh_token as string }
}

test('a client can introspect its own tokens', async t => {
  const { rp, person, access, refresh } = await tokensOfA()
  t.like((await introspect(rp, access)).body, {
    active: true,
    sub: person.id,
    client_id: rp.id,
    iss: url,
    token_type: 'Bearer',
    roles: ['subscriber'],
  })
  t.like((await introspect(rp, refresh)).body, { active: true, sub: person.id, client_id: rp.id })
  t.deepEqual((await introspect(rp, 'no such token')).body, { active: false })
})

test('C-13: another client cannot introspect or revoke a token', async t => {
  const { rp, access, refresh } = await tokensOfA()
  const b = await RelyingParty.register(gatehouse)
  const p = await RelyingParty.register(gatehouse, { profile: 'spa' })
  for (const other of [b, p]) {
    for (const token of [access, refresh]) {
      for (const token_type_hint of ['access_token', 'refresh_token', 'nonsense']) {
        const answer = await introspect(other, token, { token_type_hint })
        t.deepEqual([answer.status, answer.body], [200, { active: false }])
        const revoked = await revoke(other, token, { token_type_hint })
        t.deepEqual([revoked.status, revoked.body], [200, ''])
      }
    }
  }
  t.true(await active(rp, access))
  t.true(await active(rp, refresh))
})

test('C-13: introspection and revocation require client authentication', async t => {
  const { rp, access } = await tokensOfA()
  const basic = (secret: string) => `Basic ${Buffer.from(`${rp.id}:${secret}`).toString('base64')}`
  const unauthenticated: [Record<string, string>, Record<string, string>][] = [
    [{}, {}],
    [{ client_id: rp.id }, {}],
    [{ client_id: rp.id, client_secret: 'wrong' }, {}],
    [{ client_id: 'nobody' }, {}],
    [{}, { authorization: basic('wrong') }],
    [{}, { authorization: basic('') }],
    [{}, { authorization: `Bearer ${access}` }],
  ]
  for (const path of ['/token/introspection', '/token/revocation'])
    for (const [body, headers] of unauthenticated) {
      const parameters = new URLSearchParams({ token: access, ...body })
      const response = await fetch(url + path, { method: 'POST', body: parameters, headers })
      const answer = await response.text()
      t.true([400, 401].includes(response.status), `${path} ${JSON.stringify({ body, headers })}: ${response.status}`)
      t.false(answer.includes('active'), path)
    }
  t.true(await active(rp, access))
})

test('a public client can revoke its own tokens', async t => {
  const p = await RelyingParty.register(gatehouse, { profile: 'spa' })
  const { tokens } = await p.signInToStay(await makePerson(gatehouse))
  t.is((await revoke(p, tokens.refresh_token!)).status, 200)
  t.deepEqual((await introspect(p, tokens.access_token)).body, { active: false })
})

test('revoking a token revokes all tokens of its grant, in every process', async t => {
  const { rp, access, refresh } = await tokensOfA()
  t.is((await revoke(rp, access)).status, 200)
  const { url: at } = await gatehouse.another()
  for (const token of [access, refresh]) {
    t.false(await active(rp, token))
    t.deepEqual((await rp.post('/token/introspection', { token }, { at })).body, { active: false })
  }
})

test('F-17: the response to a revocation is empty and has no content type', async t => {
  const { rp, access, refresh } = await tokensOfA()
  for (const token of [access, refresh, 'no such token']) {
    const { status, headers, body } = await revoke(rp, token)
    t.deepEqual([status, body, headers.get('content-length')], [200, '', '0'])
    t.is(headers.get('content-type'), null)
  }
})

test('F-18: only a public client may send its id with an empty secret', async t => {
  const person = await makePerson(gatehouse)
  const basic = (text: string) => ({ headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } })
  for (const registration of [{}, { id: `app~${randomUUID().slice(0, 8)}` }]) {
    const rp = await RelyingParty.register(gatehouse, { profile: 'spa', ...registration })
    const post = (path: string, body: Record<string, string>, header: string, more: Record<string, string> = {}) =>
      new RelyingParty(gatehouse, rp.id, ' ', rp.configuration).post(path, { ...body, ...more }, basic(header))
    const ways: Record<string, string>[] = [{}, { client_id: rp.id }]
    for (const more of ways) {
      const begun = await rp.begin({ scope: 'openid offline_access', prompt: 'consent' })
      const code = codeGrant(begun, await rp.visit(begun, person))
      const first = await post('/token', code, `${encodeURIComponent(rp.id)}:`, more)
      t.is(first.status, 200, JSON.stringify(first.body))
      const again = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token }
      const second = await post('/token', again, `${rp.id}:`, more)
      t.is(second.status, 200, JSON.stringify(second.body))
      const token = second.body.access_token
      t.true((await post('/token/introspection', { token }, `${rp.id}:`, more)).body.active)
      t.is((await post('/token/revocation', { token }, `${rp.id}:`, more)).status, 200)
      t.false((await post('/token/introspection', { token }, `${rp.id}:`, more)).body.active)
    }
    const unknownToken = { grant_type: 'refresh_token', refresh_token: 'x' }
    const refused: [string, Record<string, string>][] = [
      [`${rp.id}:secret`, {}],
      [`${rp.id}:`, { client_id: 'another' }],
      [`${rp.id}:`, { client_secret: 'secret' }],
      ['no-such-client:', {}],
      [':', {}],
      [rp.id, {}],
    ]
    for (const [header, more] of refused)
      isRefusedAs(t, await post('/token', unknownToken, header, more), ['invalid_client', 'invalid_request'], header)
  }
  const { rp, access, refresh } = await tokensOfA()
  const confidential = { grant_type: 'refresh_token', refresh_token: refresh }
  const ways: Record<string, string>[] = [{}, { client_id: rp.id }]
  for (const more of ways) {
    isRefusedAs(t, await rp.post('/token', { ...confidential, ...more }, basic(`${rp.id}:`)), 'invalid_request')
    t.is((await rp.post('/token/revocation', { token: access, ...more }, basic(`${rp.id}:`))).status, 400)
  }
  t.true(await active(rp, access))
  t.is((await rp.post('/token', confidential)).status, 200)
})
