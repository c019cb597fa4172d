import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { type Gatehouse, startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { registeredParty, registrationToken } from '../../support/registering-program.ts'

const OPEN = 'https://open.example.org'
const CLOSED = 'https://closed.example.org'

let gatehouse: Gatehouse
test.before(async () => {
  gatehouse = await startGatehouse({ env: { CLIENT_REGISTRATION: 'open' } })
  const { app } = gatehouse
  const api = { name: 'API', scopes: [{ name: 'read' }] }
  await app.scope(() => app.resources.register({ ...api, id: OPEN, allowSelfRegistered: true }, { by: operator }))
  await app.scope(() => app.resources.register({ ...api, id: CLOSED }, { by: operator }))
})
test.after.always(() => gatehouse.stop())

test('D-03: a program that registered itself reaches no API that is closed to it, though its scope has the same name', async t => {
  const rp = await registeredParty(gatehouse, { scope: 'openid read' })
  for (const scope of ['openid read', 'openid']) {
    const { url } = await rp.begin({ scope, resource: CLOSED })
    const location = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? 'about:blank')
    t.is(location.searchParams.get('error'), 'invalid_target', scope)
  }
  const { tokens } = await rp.signIn(await makePerson(gatehouse), { scope: 'openid read', resource: OPEN })
  t.is(tokens.scope, 'read')
})

test('D-03: an API that is closed later refuses new sign-ins and refreshes', async t => {
  const { app } = gatehouse
  const id = 'https://later.example.org'
  const api = { id, name: 'Later', scopes: [{ name: 'later' }], allowSelfRegistered: true }
  await app.scope(() => app.resources.register(api, { by: operator }))
  const rp = await registeredParty(gatehouse, {
    scope: 'openid later offline_access',
    grant_types: ['authorization_code', 'refresh_token'],
  })
  const ada = await makePerson(gatehouse)
  const { tokens } = await rp.signIn(ada, { scope: 'openid later offline_access', resource: id })
  await app.scope(() => app.resources.update(id, { allowSelfRegistered: false }, { by: operator }))
  await t.throwsAsync(rp.refresh(tokens.refresh_token ?? '', { resource: id }))
  const { url } = await rp.begin({ scope: 'openid later', resource: id })
  t.regex((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '', /error=invalid_target/)
})

test('a registration token that names a scope opens the API to its programs', async t => {
  const token = await registrationToken(gatehouse, { name: 'partner', scopes: ['openid', 'read'] })
  const rp = await registeredParty(gatehouse, { scope: 'openid read' }, token)
  const { tokens } = await rp.signIn(await makePerson(gatehouse), { scope: 'openid read', resource: CLOSED })
  t.is(tokens.scope, 'read')
})
