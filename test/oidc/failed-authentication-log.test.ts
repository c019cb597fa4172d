import test from 'ava'
import { pino } from 'pino'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { AssertingClient } from '../support/assertions.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { waitFor } from '../support/wait-for.ts'

const lines: Record<string, unknown>[] = []
const log = pino({ level: 'info' }, { write: line => void lines.push(JSON.parse(line)) })
const gatehouse = await startGatehouse({ log })
const { url } = gatehouse
test.after.always(() => gatehouse.stop())

const ENDPOINTS = ['/token', '/token/introspection', '/token/revocation', '/request']
const EVENTS = ['grant.error', 'introspection.error', 'revocation.error', 'pushed_authorization_request.error']
const BASIC = 'send the client ID and the secret in the Authorization header (HTTP Basic)'
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` })
const register = (registration: Partial<ClientRegistration> = {}) => RelyingParty.register(gatehouse, registration)

interface Sent {
  body?: Record<string, string> | string[][]
  headers?: Record<string, string>
  at?: string
}

/** Sends the request, which has to be refused. @returns the answer, and what the log says about it */
async function refused({ body = {}, headers = {}, at = '/token' }: Sent) {
  const form = new URLSearchParams(body)
  form.append('grant_type', 'client_credentials')
  const response = await fetch(url + at, { method: 'POST', headers, body: form })
  const requestId = response.headers.get('x-request-id')
  const [line] = await waitFor(() => {
    const found = lines.filter(each => each.requestId === requestId)
    return found.length > 0 ? found : null
  })
  return { status: response.status, answer: (await response.json()) as Record<string, unknown>, line: line! }
}

for (const [index, at] of ENDPOINTS.entries()) {
  test(`the log says which client failed to authenticate, how, and what to do; the answer does not (${at})`, async t => {
    const rp = await register()
    const { status, answer, line } = await refused({ headers: basic(rp.id, 'a wrong secret'), at })
    t.deepEqual([status, answer], [401, { error: 'invalid_client', error_description: 'client authentication failed' }])
    t.like(line, {
      level: 40,
      msg: 'a client could not authenticate',
      event: EVENTS[index],
      error: 'invalid_client',
      client: rp.id,
      known: true,
      registeredMethod: 'client_secret_basic',
      usedMethod: 'Basic header',
      problem: 'the secret is wrong',
      fix: `gatehouse clients rotate-secret ${rp.id}`,
    })
    t.false(JSON.stringify(line).includes('a wrong secret'))
  })
}

test('the log names each mistake of a client with a secret', async t => {
  const rp = await register()
  const [id, secret] = [rp.id, rp.secret!]
  const asPublic = `${BASIC}, or, for an application that cannot keep one, gatehouse clients update ${id} --auth-method none --pkce required`
  const padded = ['the secret has quotes or white space around it', 'remove them in the application'] as const
  const cases: [Sent, string, string, string | null][] = [
    [
      { headers: basic(id, `${secret}x`) },
      'Basic header',
      'the secret is wrong',
      `gatehouse clients rotate-secret ${id}`,
    ],
    [
      { body: { client_id: id, client_secret: `${secret}x` } },
      'secret in the body',
      'the secret is wrong',
      `gatehouse clients rotate-secret ${id}`,
    ],
    [{ headers: basic(id, encodeURIComponent(`${secret}\n`)) }, 'Basic header', ...padded],
    [{ body: { client_id: id, client_secret: `"${secret}"` } }, 'secret in the body', ...padded],
    [{ headers: basic(id, '') }, 'Basic header', 'the secret is empty', asPublic],
    [{ body: { client_id: id } }, 'none', 'no secret was sent', asPublic],
    [
      { headers: basic(id, secret), body: { client_secret: secret } },
      'Basic header, secret in the body',
      'the client authenticates in several ways at once',
      'use one of them',
    ],
    [
      { headers: basic(id, secret), body: { client_id: 'another' } },
      'Basic header',
      'two different client IDs were sent',
      null,
    ],
    [
      {
        headers: basic(id, secret),
        body: [
          ['client_id', id],
          ['client_id', id],
        ],
      },
      'Basic header',
      "'client_id' parameter must not be provided twice",
      null,
    ],
    [
      { headers: { authorization: `Bearer ${secret}` }, body: { client_id: id } },
      'Authorization header',
      'the Authorization header is not "Basic" and the base64 of "ID:secret"',
      BASIC,
    ],
    [
      { body: { client_assertion_type: ASSERTION, client_assertion: unsigned({ sub: id }) } },
      'assertion',
      'an assertion was sent, but the client is registered for a secret',
      `gatehouse clients update ${id} --auth-method private_key_jwt --jwks-uri URL`,
    ],
  ]
  for (const [sent, usedMethod, problem, fix] of cases) {
    const { line } = await refused(sent)
    t.like(
      line,
      { client: id, known: true, registeredMethod: 'client_secret_basic', usedMethod, problem, fix },
      problem,
    )
    t.false(JSON.stringify(line).includes(secret), problem)
  }
})

test('the log names each mistake of a client without a secret', async t => {
  const spa = await register({ profile: 'spa' })
  const leaveOut = 'leave out the secret in the application'
  const secretSent = 'a secret was sent, but the client is public and has none'
  const toPublic: [Sent, string, string, string][] = [
    [{ headers: basic(spa.id, 'x') }, 'Basic header', secretSent, leaveOut],
    [{ body: { client_id: spa.id, client_secret: 'x' } }, 'secret in the body', secretSent, leaveOut],
  ]
  for (const [sent, usedMethod, problem, fix] of toPublic)
    t.like((await refused(sent)).line, { client: spa.id, registeredMethod: 'none', usedMethod, problem, fix })

  const machine = await AssertingClient.register(gatehouse)
  const assertion = async (claims: Record<string, unknown>) => ({
    body: { client_assertion_type: ASSERTION, client_assertion: await machine.assertion({ claims }) },
  })
  const sign = 'sign an assertion with a registered key'
  const show = `gatehouse clients show ${machine.id}`
  const toKeys: [Sent, string, string, string][] = [
    [{ body: { client_id: machine.id } }, 'none', 'no assertion was sent', sign],
    [
      { headers: basic(machine.id, 'x') },
      'Basic header',
      'a secret was sent, but the client is registered for assertions',
      sign,
    ],
    [await assertion({ exp: 1 }), 'assertion', 'the assertion was refused: jwt expired', show],
    [
      await assertion({ aud: 'https://other.example' }),
      'assertion',
      'the assertion was refused: audience (aud) must equal the endpoint url, issuer identifier or token endpoint url',
      show,
    ],
  ]
  for (const [sent, usedMethod, problem, fix] of toKeys) {
    const { line } = await refused(sent)
    t.like(line, { client: machine.id, registeredMethod: 'private_key_jwt', usedMethod, problem, fix })
  }
})

test('a client that is unknown or names none is logged at a lower level, and never with a secret', async t => {
  const rp = await register()
  const unknown = await refused({ headers: basic(encodeURIComponent('nobody\n{"level":60}'), 'x') })
  t.like(unknown.line, {
    level: 30,
    client: null,
    known: false,
    registeredMethod: null,
    problem: 'there is no client with this ID',
    fix: 'gatehouse clients list',
  })
  t.like((await refused({})).line, { level: 30, client: null, known: false, usedMethod: 'none', fix: BASIC })

  const swapped = await refused({ headers: basic(rp.secret!, rp.id) })
  t.like(swapped.line, { client: rp.id, known: true, problem: 'the client ID and the secret are swapped' })
  t.false(JSON.stringify(swapped.line).includes(rp.secret!))
  const mistaken = [rp.secret!, `"${rp.secret}"`, `${rp.secret} `, `CLIENT_SECRET=${rp.secret}`, `${rp.secret}.`]
  for (const id of mistaken) {
    const { line } = await refused({ headers: basic(encodeURIComponent(id), 'x') })
    t.like(line, { client: null, known: false, problem: 'there is no client with this ID' })
    t.false(JSON.stringify(line).includes(rp.secret!), `P-07: ${id}`)
  }
  const mistyped = await refused({ headers: basic('wiki-2', 'x') })
  t.like(mistyped.line, { client: 'wiki-2', known: false })
})

test('a request that is refused for another reason is not called a failed authentication', async t => {
  const rp = await register()
  const { line } = await refused({ headers: basic(rp.id, rp.secret!) })
  t.like(line, { msg: 'a protocol request was refused', error: 'invalid_request', client: rp.id })
})

function unsigned(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.x`
}
