import { createGzip } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { InvalidInput } from '../../../src/base/refusals.ts'
import { Browser } from '../../support/browser.ts'
import { DocumentServer, describedParty, hasCertificates } from '../../support/document-server.ts'
import { type Gatehouse, startGatehouse } from '../../support/gatehouse.ts'
import { Listener } from '../../support/listener.ts'
import { makePerson } from '../../support/people.ts'
import { CALLBACK } from '../../support/relying-party.ts'

const WEB = {
  client_name: 'Assistant',
  redirect_uris: [CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
}
const NOTES = 'https://notes.example.org'

interface Place {
  documents: DocumentServer
  gatehouse: Gatehouse
}

const place = hasCertificates ? await prepare() : null
test.after.always(() => Promise.all([place?.gatehouse.stop(), place?.documents.stop()]))

async function prepare(): Promise<Place> {
  const documents = await DocumentServer.start()
  return { documents, gatehouse: await reading(documents) }
}

/** @param outboundTimeout milliseconds; without it a document may take as long as a busy machine needs */
async function reading(documents: DocumentServer, outboundTimeout?: number): Promise<Gatehouse> {
  const gatehouse = await startGatehouse({
    env: {
      CLIENT_ID_METADATA_DOCUMENTS: 'any',
      OUTBOUND_ALLOW: documents.host,
      CLIENT_REGISTRATION_LIMIT_IP: '10000/1m',
    },
    ...(outboundTimeout && { outboundTimeout }),
  })
  const scopes = [{ name: 'notes:read', description: 'Read your notes' }]
  const payroll = { id: 'https://payroll.example.org', name: 'Payroll', scopes: [{ name: 'payroll:read' }] }
  await gatehouse.app.scope(async () => {
    await gatehouse.app.resources.register(payroll, { by: operator })
    const notes = { id: NOTES, name: 'Notes', scopes, allowSelfRegistered: true }
    await gatehouse.app.resources.register(notes, { by: operator })
  })
  return gatehouse
}

function withDocuments(title: string, work: (t: ExecutionContext, place: Place) => Promise<void>): void {
  test.runIf(hasCertificates)(title, t => work(t, place!))
}

let published = 0
const nextPath = () => `/${published++}.json`

/** Asks for a sign-in, without following redirects. */
async function ask({ gatehouse }: Place, id: string, parameters: Record<string, string> = {}): Promise<Response> {
  const { url } = await (await describedParty(gatehouse, id)).begin(parameters)
  return fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })
}

async function refused(t: ExecutionContext, at: Place, id: string, what: string): Promise<string> {
  const answer = await ask(at, id)
  t.is(answer.status, 400, what)
  t.is(answer.headers.get('location'), null, what)
  return answer.text()
}

withDocuments(
  'D-01: a document that redirects, is huge or slow, or is no document, is refused, all with the same words',
  async (t, { documents }) => {
    const at = { documents, gatehouse: await reading(documents, 2_000) }
    t.teardown(() => at.gatehouse.stop())
    const evil = (await Listener.open(t))!
    const good = documents.publish(nextPath(), WEB)
    const json = { 'content-type': 'application/json' }
    const document = (id: string) => JSON.stringify({ client_id: id, ...WEB })
    const answers: Record<string, Parameters<DocumentServer['answer']>[1]> = {
      'redirects to a good one': (_req, res) => res.writeHead(302, { location: good }).end(),
      'redirects to this machine': (_req, res) =>
        res.writeHead(307, { location: `http://127.0.0.1:${evil.port}/` }).end(),
      'is not there': (_req, res) => res.writeHead(404, json).end(),
      'is an error with a document': ({ url }, res) => res.writeHead(500, json).end(document(documents.address(url!))),
      'is HTML': ({ url }, res) =>
        res.writeHead(200, { 'content-type': 'text/html' }).end(document(documents.address(url!))),
      'has no type': ({ url }, res) => res.writeHead(200).end(document(documents.address(url!))),
      'is not JSON': (_req, res) => res.writeHead(200, json).end('{'),
      'is a list': ({ url }, res) => res.writeHead(200, json).end(`[${document(documents.address(url!))}]`),
      'is null': (_req, res) => res.writeHead(200, json).end('null'),
      'is of another client': (_req, res) => res.writeHead(200, json).end(document(good)),
      'is huge': ({ url }, res) =>
        res
          .writeHead(200, json)
          .end(JSON.stringify({ client_id: documents.address(url!), ...WEB, x: 'x'.repeat(70_000) })),
      'is a bomb': (_req, res) => {
        res.writeHead(200, { ...json, 'content-encoding': 'gzip' })
        const zip = createGzip()
        zip.on('error', () => {}).pipe(res)
        for (let megabyte = 0; megabyte < 20; megabyte++) zip.write(' '.repeat(1024 * 1024))
        zip.end()
      },
      'never ends': (_req, res) => {
        const drip = setInterval(() => res.write(' '), 50)
        res.writeHead(200, json).on('close', () => clearInterval(drip))
      },
      'never begins': () => {},
    }
    const pages = await Promise.all(
      Object.entries(answers).map(async ([what, answer]) => {
        const page = await refused(t, at, documents.answer(nextPath(), answer), what)
        t.true(page.includes('the client ID metadata document could not be read'), what)
        t.notRegex(page, /status|redirect mode|terminated|larger|timeout/i, what)
      }),
    )
    t.is(pages.length, 14)
    t.is(evil.connections, 0)
  },
)

withDocuments('R-02: a document with a redirect URI that could run code or leave TLS is refused', async (t, at) => {
  for (const address of [
    ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'vbscript:x'],
    ...['file:///etc/passwd', 'blob:https://a.example/1', 'http://app.example.org/cb', 'https://app.example.org/cb#f'],
    ...['https://user@app.example.org/cb', 'https://*.example.org/cb', 'com.example.app:/cb', '/cb', ''],
    ...['https://app.example.org\\@evil.test/', 'https://app.example.org/\n', 'http://localhost.evil.test/'],
  ]) {
    const id = at.documents.publish(nextPath(), { ...WEB, redirect_uris: [CALLBACK, address] })
    t.regex(await refused(t, at, id, address), /redirect_uris: /, address)
  }
  for (const addresses of [undefined, [], 'https://app.example.org/cb', [1], {}, [[CALLBACK]]])
    await refused(t, at, at.documents.publish(nextPath(), { ...WEB, redirect_uris: addresses }), String(addresses))
  const custom = { ...WEB, application_type: 'native', redirect_uris: ['myapp:/cb'] }
  await refused(t, at, at.documents.publish(nextPath(), custom), 'a scheme without a dot')
})

withDocuments(
  'R-01: a redirect URI that differs from the document in a single byte gets an error page, never a redirect',
  async (t, at) => {
    const id = at.documents.publish(nextPath(), WEB)
    t.is((await ask(at, id)).status, 303)
    for (const redirect of [
      ...[`${CALLBACK}/`, `${CALLBACK}?x`, `${CALLBACK}#`, CALLBACK.toUpperCase(), CALLBACK.replace('https', 'http')],
      ...['https://app.example.org.evil.test/callback', 'https://app.example.org@evil.test/callback'],
      ...[
        'https://app.example.org:443/callback',
        'https://app.example.org/x/../callback',
        id,
        'http://localhost/callback',
      ],
    ]) {
      const answer = await ask(at, id, { redirect_uri: redirect })
      t.is(answer.status, 400, redirect)
      t.is(answer.headers.get('location'), null, redirect)
      const page = await answer.text()
      t.true(page.includes('is not in the client ID metadata document') && !page.includes('clients update'), redirect)
    }
    const local = at.documents.publish(nextPath(), { ...WEB, redirect_uris: ['http://127.0.0.1/callback'] })
    t.is(
      (await ask(at, local, { redirect_uri: 'http://127.0.0.1:50123/callback' })).status,
      303,
      'any port of the device',
    )
    for (const redirect of [
      'http://127.0.0.1:50123/other',
      'http://127.0.0.2:50123/callback',
      'https://127.0.0.1/callback',
    ])
      t.is((await ask(at, local, { redirect_uri: redirect })).status, 400, redirect)
  },
)

withDocuments(
  'D-05: a document with a secret, or that asks for more than such an application may have, is refused',
  async (t, at) => {
    for (const more of [
      { client_secret: 'x' },
      { client_secret_expires_at: 0 },
      { token_endpoint_auth_method: 'client_secret_basic' },
      { token_endpoint_auth_method: 'client_secret_post' },
      { token_endpoint_auth_method: 'client_secret_jwt' },
      { token_endpoint_auth_method: 'private_key_jwt' },
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
      { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://127.0.0.1/jwks' },
      { grant_types: ['client_credentials'] },
      { grant_types: ['implicit'], response_types: ['id_token token'] },
      { scope: 'payroll:read account roles' },
      { redirect_uris: Array.from({ length: 51 }, (_, n) => `${CALLBACK}/${n}`) },
      { redirect_uris: [`${CALLBACK}/${'x'.repeat(2000)}`] },
      { client_name: 'Bank\u202e' },
      { client_name: 'x'.repeat(101) },
      { logo_uri: 'javascript:alert(1)' },
      { client_uri: 'data:text/html,x' },
      { require_signed_request_object: true },
    ])
      t.regex(
        await refused(t, at, at.documents.publish(nextPath(), { ...WEB, ...more }), JSON.stringify(more)),
        /metadata document is not valid/,
        JSON.stringify(more),
      )
  },
)

withDocuments(
  'D-05: consent, roles and access to Gatehouse are not a matter of the document, and its name is text',
  async (t, at) => {
    const { documents, gatehouse } = at
    const name = '"><script>alert(1)</script><b>Bank</b>'
    const id = documents.publish(nextPath(), {
      ...WEB,
      client_name: name,
      logo_uri: 'https://bank.example/logo.png',
      ...{ first_party: true, firstParty: true, pkce: 'off', people_scopes: ['openid', 'account', 'roles'] },
      ...{
        resource_scopes: ['payroll:read'],
        access_token_ttl: 86_400,
        registeredBy: 'operator',
        secrets: [{ id: 'x' }],
      },
      ...{ claims: [{ claim: 'x', value: 'y' }], mapped_claims: [{ claim: 'x', value: 'y' }] },
      ...{ self_registered_at: null, id: 'other', backchannel_logout_uri: 'http://127.0.0.1/' },
    })
    const rp = await describedParty(gatehouse, id)
    const ada = await makePerson(gatehouse)
    const begun = await rp.begin({ scope: 'openid email roles account payroll:read notes:read', resource: NOTES })
    const browser = await new Browser(gatehouse.url).open(begun.url.href)
    await browser.submit({ email: ada.email, password: ada.password })
    t.true(browser.text.includes(`describes itself at ${documents.host}. No one here has checked it. Allow it only`))
    t.true(browser.text.includes('the address it sends you to: app.example.org'))
    t.true(browser.text.includes(name), 'as text')
    t.is(browser.document.querySelector('h1 script, h1 b, main script:not([src])'), null)
    t.false(browser.page.html.includes('https://bank.example/logo.png'), 'no one has checked the logo')
    t.false(browser.text.includes('payroll:read'))
    await browser.submit({ decision: 'allow' })
    const tokens = await rp.redeem(begun, browser)
    t.is(tokens.scope, 'notes:read')
    t.is(tokens.claims()?.roles, undefined)
    t.is(tokens.expires_in, 600)

    const stored = await gatehouse.app.scope(() => gatehouse.app.clients.find(id))
    t.like(stored, { firstParty: false, pkce: 'required', accessTokenTtl: null, registeredBy: 'metadata-document' })
    t.deepEqual(stored.claims, [])
    t.like(stored, { secrets: [], backchannelLogoutUri: null, registrationAccessDigest: null })
  },
)

withDocuments('PKCE is always needed, with a key as without one', async (t, at) => {
  const jwks = {
    keys: [
      {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
    ],
  }
  for (const more of [{}, { token_endpoint_auth_method: 'private_key_jwt', jwks }]) {
    const rp = await describedParty(at.gatehouse, at.documents.publish(nextPath(), { ...WEB, ...more }))
    const { url } = await rp.begin()
    t.is((await fetch(url, { redirect: 'manual' })).status, 303)
    url.searchParams.delete('code_challenge')
    url.searchParams.delete('code_challenge_method')
    const { headers } = await fetch(url, { redirect: 'manual' })
    t.regex(headers.get('location') ?? '', /error=invalid_request/)
  }
})

withDocuments('an operator cannot change such an application, but can end its access', async (t, at) => {
  const { app } = at.gatehouse
  const id = at.documents.publish(nextPath(), WEB)
  const rp = await describedParty(at.gatehouse, id)
  const { tokens } = await rp.signInToStay(await makePerson(at.gatehouse))
  await t.throwsAsync(
    app.scope(() => app.clients.update(id, { firstParty: true }, { by: operator })),
    { instanceOf: InvalidInput },
  )
  await t.throwsAsync(
    app.scope(() => app.clients.rotateSecret(id, { by: operator })),
    { instanceOf: InvalidInput },
  )
  await t.throwsAsync(
    app.scope(() => app.clients.adopt(id, { by: operator })),
    { instanceOf: InvalidInput },
  )
  t.truthy((await rp.refresh(tokens.refresh_token!)).access_token)
  await app.scope(() => app.clients.remove(id, { by: operator }))
  await t.throwsAsync(rp.userinfo(tokens.access_token, 'x'))
  t.is(
    (await rp.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! })).body.error,
    'invalid_grant',
  )
})
