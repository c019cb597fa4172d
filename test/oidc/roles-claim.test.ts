import test, { type ExecutionContext } from 'ava'
import { decodeJwt } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { rolesClaimProblem } from '../../src/clients/claims/claim-names.ts'
import { CLAIMS } from '../../src/clients/claims/claims-of-scopes.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

let gatehouse: Gatehouse
test.before(async () => {
  gatehouse = await startGatehouse()
  const api = { id: 'https://api.example.org', name: 'API', scopes: [{ name: 'read' }] }
  await gatehouse.app.scope(() => gatehouse.app.resources.register(api, { by: operator }))
})
test.after.always(() => gatehouse.stop())

const ROLES = ['admin', 'subscriber']

/** The ID token, the userinfo response and the claims of an access token for an API, of one person. */
async function everyAnswer(t: ExecutionContext, rolesClaim: string, scope = 'openid email roles') {
  const scopes = ['openid', 'email', 'roles', 'read']
  const rp = await RelyingParty.register(gatehouse, { rolesClaim, scopes })
  const ada = await makePerson(gatehouse, { roles: ['admin'] })
  const { tokens, browser } = await rp.signIn(ada, { scope })
  const forApi = await rp.signIn(ada, { scope: `${scope} read`, resource: 'https://api.example.org' }, browser)
  const { body } = await rp.post('/token/introspection', { token: tokens.access_token })
  t.true(body.active)
  return {
    'ID token': decodeJwt(tokens.id_token ?? ''),
    userinfo: await rp.userinfo(tokens.access_token, ada.id),
    'access token': decodeJwt(forApi.tokens.access_token),
    introspection: body,
  } as Record<string, Record<string, unknown>>
}

const PLACES = {
  roles: { roles: ROLES },
  groups: { groups: ROLES },
  'realm_access.roles': { realm_access: { roles: ROLES } },
  'resource_access.my-app.roles': { resource_access: { 'my-app': { roles: ROLES } } },
  'https://app.example.org/roles': { 'https://app.example.org/roles': ROLES },
}
for (const [claim, expected] of Object.entries(PLACES)) {
  test(`an application receives the roles in the claim that it looks for: ${claim}`, async t => {
    for (const [where, claims] of Object.entries(await everyAnswer(t, claim))) {
      t.like(claims, expected, where)
      if (claim !== 'roles') t.false('roles' in claims, `${where} names them once`)
    }
  })
}

test('D-05: without the scope, the roles are in no claim about the person, whatever its name', async t => {
  const { 'ID token': idToken, userinfo } = await everyAnswer(t, 'groups', 'openid email')
  for (const claims of [idToken, userinfo]) t.false('groups' in (claims ?? {}) || 'roles' in (claims ?? {}))
})

test('a machine has no roles, in the claim of its choice', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['read'], rolesClaim: 'groups' })
  const { body } = await machine.post('/token', { grant_type: 'client_credentials' })
  t.like(decodeJwt(body.access_token), { groups: [] })
  t.is(decodeJwt(body.access_token).roles, undefined)
})

test('the roles cannot take the place of another claim of a person', t => {
  for (const claim of Object.values(CLAIMS).flat()) t.is(rolesClaimProblem(claim) === null, claim === 'roles', claim)
})
