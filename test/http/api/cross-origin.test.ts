import test, { type ExecutionContext } from 'ava'
import { AccountApplication, type Answer } from '../../support/account-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { CALLBACK, RelyingParty } from '../../support/relying-party.ts'

const OWN = new URL(CALLBACK).origin
const OTHER = 'https://other-account.example.org'
const WITHOUT_SCOPE = 'https://wiki.example.org'
const STRANGERS = ['null', 'https://evil.example', `${OWN}.evil.example`, 'http://app.example.org', WITHOUT_SCOPE]

const gatehouse = await startGatehouse()
const spa = { profile: 'spa' } as const
const application = await AccountApplication.register(gatehouse, { ...spa, redirectUris: [CALLBACK] })
await AccountApplication.register(gatehouse, { ...spa, redirectUris: [`${OTHER}/callback`] })
await RelyingParty.register(gatehouse, { ...spa, redirectUris: [`${WITHOUT_SCOPE}/callback`] })
test.after.always(() => gatehouse.stop())

const PREFLIGHT = {
  'access-control-request-method': 'PATCH',
  'access-control-request-headers': 'authorization, content-type',
}

function readableBy(
  t: ExecutionContext,
  { headers }: Pick<Answer, 'headers'>,
  origin: string | null,
  about?: string,
): void {
  t.is(headers.get('access-control-allow-origin'), origin, about)
  t.is(headers.get('access-control-allow-credentials'), null, about)
  t.regex(headers.get('vary') ?? '', /\borigin\b/i, about)
}

test('X-05: a preflight succeeds only for origins of applications that may use the API', async t => {
  for (const origin of [OWN, OTHER]) {
    const answer = await application.send('OPTIONS', '/me', { headers: { origin, ...PREFLIGHT } })
    t.is(answer.status, 204)
    readableBy(t, answer, origin)
    t.is(answer.headers.get('access-control-allow-methods'), 'GET, POST, PUT, PATCH, DELETE')
    t.regex(answer.headers.get('access-control-allow-headers')!, /Authorization, Content-Type/)
  }
  for (const origin of STRANGERS) {
    const answer = await application.send('OPTIONS', '/me', { headers: { origin, ...PREFLIGHT } })
    readableBy(t, answer, null, origin)
    t.is(answer.headers.get('access-control-allow-methods'), null, origin)
  }
})

test('X-05: a response can be read only by origins of the token’s application', async t => {
  const { tokens } = await application.signIn()
  const ask = (origin: string) =>
    application.send('GET', '/me', { token: tokens.access_token, headers: { origin, cookie: 'gatehouse_session=a' } })
  readableBy(t, await ask(OWN), OWN)
  t.regex((await ask(OWN)).headers.get('access-control-expose-headers')!, /WWW-Authenticate/)
  for (const origin of [OTHER, ...STRANGERS]) readableBy(t, await ask(origin), null, origin)
})

test('X-05: an application can read why its token is refused', async t => {
  const ask = (origin: string) => application.send('GET', '/me', { token: 'expired', headers: { origin } })
  t.is((await ask(OWN)).status, 401)
  readableBy(t, await ask(OWN), OWN)
  for (const origin of STRANGERS) readableBy(t, await ask(origin), null, origin)
})
