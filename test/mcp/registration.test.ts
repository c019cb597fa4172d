import { auth, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { withOAuth } from '@modelcontextprotocol/sdk/client/middleware.js'
import test from 'ava'
import { startDemoAt } from '../demo/registered-demo.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { McpApplication } from '../support/mcp/application.ts'
import { makePerson } from '../support/people.ts'

const gatehouse = await startGatehouse({ env: { CLIENT_REGISTRATION: 'open' } })
const demo = await startDemoAt(gatehouse)
test.after.always(() => Promise.all([gatehouse.stop(), demo.close()]))

test('with CLIENT_REGISTRATION=open the client library registers itself, signs a person in, calls the demo API and refreshes', async t => {
  const { app, url: issuer } = gatehouse
  const api = `${demo.url}/api`
  const made = new McpApplication({ issuer })
  const ada = await makePerson(gatehouse)
  const call = () => withOAuth(made, api)(fetch)(`${api}/whoami`)

  await t.throwsAsync(call(), { instanceOf: UnauthorizedError })
  const clientId = made.client!.client_id
  t.like(await app.scope(() => app.clients.find(clientId)), { name: 'Assistant', registeredBy: 'open' })
  const authorizationCode = await made.signIn(ada)
  t.is(await auth(made, { serverUrl: api, authorizationCode }), 'AUTHORIZED')
  t.like(await (await call()).json(), { sub: ada.id, scope: 'demo:read', client_id: clientId })

  made.kept = { ...made.kept!, access_token: 'expired' }
  t.is((await call()).status, 200)
  t.is(made.requests.length, 1, 'the token is refreshed without the person')
})
