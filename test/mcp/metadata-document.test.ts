import { auth, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { withOAuth } from '@modelcontextprotocol/sdk/client/middleware.js'
import test from 'ava'
import { startDemoAt } from '../demo/registered-demo.ts'
import { DocumentServer, hasCertificates } from '../support/document-server.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { McpApplication } from '../support/mcp/application.ts'
import { makePerson } from '../support/people.ts'

test.runIf(hasCertificates)(
  'with CLIENT_ID_METADATA_DOCUMENTS the client library is known by its document, signs a person in, calls the demo API and refreshes',
  async t => {
    const documents = await DocumentServer.start()
    const env = { CLIENT_ID_METADATA_DOCUMENTS: documents.host, OUTBOUND_ALLOW: documents.host }
    const gatehouse = await startGatehouse({ env })
    const demo = await startDemoAt(gatehouse)
    t.teardown(() => Promise.all([demo.close(), gatehouse.stop(), documents.stop()]))
    const { app, url: issuer } = gatehouse
    const api = `${demo.url}/api`
    const made = new McpApplication({ issuer, metadataUrl: documents.address('/assistant.json') })
    documents.publish('/assistant.json', made.clientMetadata)
    const ada = await makePerson(gatehouse)
    const call = () => withOAuth(made, api)(fetch)(`${api}/whoami`)

    await t.throwsAsync(call(), { instanceOf: UnauthorizedError })
    await made.browser.submit({ email: ada.email, password: ada.password })
    const { text } = made.browser
    for (const words of [documents.host, 'Assistant', 'an application on this device', 'Read from the demo’s API'])
      t.true(text.includes(words), words)
    const authorizationCode = await made.signIn(ada)
    t.is(await auth(made, { serverUrl: api, authorizationCode }), 'AUTHORIZED')
    const id = made.client!.client_id
    t.like(await (await call()).json(), { sub: ada.id, scope: 'demo:read', client_id: id })
    t.deepEqual(documents.seen, ['/assistant.json'], 'the document is read once')
    t.is(id, documents.address('/assistant.json'))

    await documents.stop()
    made.kept = { ...made.kept!, access_token: 'expired' }
    t.is((await call()).status, 200, 'the token is refreshed without the person, and without the document')
    t.is(made.requests.length, 1)

    const [application] = await app.scope(() => app.authorizedApplications.of(ada.id))
    t.like(application?.client, { id, name: 'Assistant', registeredBy: 'metadata-document', firstParty: false })
    await app.scope(() =>
      app.consents.revoke(ada.id, id, { by: { kind: 'account', id: ada.id, ip: null, userAgent: null } }),
    )
    made.kept = { ...made.kept!, access_token: 'expired' }
    await t.throwsAsync(call(), { instanceOf: UnauthorizedError }, 'F-04: it has lost its access')
  },
)
