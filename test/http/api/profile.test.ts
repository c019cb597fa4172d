import test from 'ava'
import { responses } from '../../../src/http/account/response-schemas.ts'
import { AccountApplication } from '../../support/account-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const application = await AccountApplication.register(gatehouse)
test.after.always(() => gatehouse.stop())

test('a person reads their account', async t => {
  const client = await application.signIn()
  const { status, headers, body } = await client.get('/me')
  t.is(status, 200)
  t.is(headers.get('content-type'), 'application/json; charset=utf-8')
  t.is(headers.get('cache-control'), 'no-store')
  t.true(responses.Me.safeParse(body).success, JSON.stringify(body))
  const { id, email } = client.person
  const { created_at, ...rest } = body
  t.true(Date.now() - Date.parse(created_at) < 60_000)
  t.deepEqual(rest, {
    id,
    email,
    email_verified: false,
    profile: { name: 'Ada' },
    roles: ['subscriber'],
    deletion_due: null,
  })
})

test('an update changes only the given profile fields', async t => {
  const client = await application.signIn()
  const first = await client.send('PATCH', '/me', {
    profile: { given_name: ' Ada ', website: 'https://ada.example.org/', address: { formatted: '1 Lane\nLondon' } },
  })
  t.is(first.status, 200)
  t.true(responses.Me.safeParse(first.body).success, JSON.stringify(first.body))
  t.deepEqual(first.body.profile, {
    name: 'Ada',
    given_name: 'Ada',
    website: 'https://ada.example.org/',
    address: { formatted: '1 Lane\nLondon' },
  })
  const second = await client.send('PATCH', '/me', { profile: { name: 'Ada L.', website: null, address: null } })
  t.deepEqual(second.body.profile, { name: 'Ada L.', given_name: 'Ada' })
  t.deepEqual((await client.get('/me')).body, second.body)
})

test('all invalid profile fields are named at once, and nothing is changed', async t => {
  const client = await application.signIn()
  const { status, body } = await client.send('PATCH', '/me', {
    profile: { nickname: 'Eve', website: 'javascript:alert(1)', birthdate: '1815-13-10', given_name: 'a'.repeat(101) },
  })
  t.is(status, 422)
  t.deepEqual(Object.keys(body.fields).sort(), ['profile.birthdate', 'profile.given_name', 'profile.website'])
  t.deepEqual((await client.get('/me')).body.profile, { name: 'Ada' })
})
