import test from 'ava'
import { administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { RegisteringProgram } from '../../support/registering-program.ts'

const gatehouse = await startGatehouse({ env: { CLIENT_REGISTRATION: 'token' } })
const { api } = await administrator(gatehouse)

test('a program registers with a token that is shown once, until it is revoked', async t => {
  const { status, body } = await api.call('addRegistrationToken', { body: { name: 'ci', uses: 2 } })
  t.is(status, 201)
  t.like(body, { name: 'ci', max_uses: 2, used: 0, scopes: null })
  const program = new RegisteringProgram(gatehouse)
  t.is((await program.register({}, body.token)).status, 201)

  const listed = await api.call('listRegistrationTokens')
  t.like(listed.body.registration_tokens[0], { name: 'ci', used: 1 })
  t.false(JSON.stringify(listed.body).includes(body.token))
  t.notRegex(JSON.stringify(listed.body), /digest/)

  t.is((await api.call('revokeRegistrationToken', { params: { token: 'ci' } })).status, 204)
  t.is((await program.register({}, body.token)).status, 401)
  t.is((await api.call('revokeRegistrationToken', { params: { token: 'ci' } })).status, 404)
})

test('no token lets programs have the scope of the account pages', async t => {
  const { status, problem } = await api.call('addRegistrationToken', { body: { name: 'account', scopes: ['account'] } })
  t.is(status, 422)
  t.deepEqual(Object.keys(problem.fields!), ['scopes.0'])
})

test.after.always(() => gatehouse.stop())
