import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { RegisteringProgram } from '../../support/registering-program.ts'
import { CALLBACK } from '../../support/relying-party.ts'

const gatehouse = await startGatehouse({ env: { CLIENT_REGISTRATION: 'open' } })
const { app } = gatehouse
const program = new RegisteringProgram(gatehouse)
test.after.always(() => gatehouse.stop())

test('D-05: an update that was allowed before an operator adopted the application changes nothing after it', async t => {
  const { body } = await program.register({ client_name: 'Before' })
  const id = String(body.client_id)
  const ensure = app.keys.ensure.bind(app.keys)
  // Between the first check and the transaction.
  app.keys.ensure = async (algorithms, options) => {
    await ensure(algorithms, options)
    if (options?.by?.kind === 'client') await app.scope(() => app.clients.adopt(id, { by: operator }))
  }
  const { status } = await program.send('PUT', String(body.registration_client_uri), {
    token: String(body.registration_access_token),
    body: { client_id: id, client_name: 'After', redirect_uris: [CALLBACK, 'https://evil.test/cb'] },
  })
  t.is(status, 401)
  const client = await app.scope(() => app.clients.find(id))
  t.like(client, { name: 'Before', redirectUris: [CALLBACK], registeredBy: 'operator', registrationPolicy: null })
})
