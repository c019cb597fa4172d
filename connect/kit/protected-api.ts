import assert from 'node:assert/strict'
import { Application } from '../../test/e2e/application.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import type { Connection } from './connection.ts'
import { signIn } from './pages.ts'
import type { Client } from './provider.ts'

/** Seconds within which an API refuses a token that was revoked. */
const SOON = 5

/** Starts a protected API, whose `GET /notes` needs the scope `notes:read`, and checks which tokens it accepts. */
export async function checkProtectedApi(connection: Connection, [program = '', ...args]: string[]): Promise<void> {
  const { issuer, person, provider } = connection
  const port = await connection.freePort()
  const api = `http://localhost:${port}`
  const other = `${api}/other`
  await provider.command('resources', 'add', api, '--name', 'Notes', '--scope', 'notes:read', '--scope', 'notes:write')
  await provider.command('resources', 'add', other, '--name', 'Another API', '--scope', 'notes:read')
  const scopes = ['--scope', 'notes:read', '--scope', 'notes:write']
  const machine = await connection.register('--profile', 'machine', ...scopes)
  const redirectUri = `${api}/callback`
  const web = await connection.register('--profile', 'web', '--redirect-uri', redirectUri, ...scopes)
  const env = { ISSUER: issuer, AUDIENCE: api, PORT: String(port) }
  await connection.start(program, args, { cwd: await connection.folder(), port, env })

  const call = async (token?: string) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const answer = await fetch(`${api}/notes`, { headers })
    return { status: answer.status, challenge: answer.headers.get('www-authenticate') ?? '' }
  }
  const issue = async (resource = api, scope = 'notes:read'): Promise<string> => {
    const answer = await post('token', { grant_type: 'client_credentials', resource, scope })
    return ((await answer.json()) as { access_token: string }).access_token
  }
  const post = (endpoint: string, fields: Record<string, string>) => postAs(machine, `${issuer}/${endpoint}`, fields)
  const isAccepted = async (token: string) => assert.deepEqual(await call(token), { status: 200, challenge: '' })
  const isRefused = async (token: string) => {
    const { status, challenge } = await call(token)
    assert.equal(status, 401)
    assert.match(challenge, /^Bearer error="invalid_token"/)
  }
  const isSoonRefused = (token: string) =>
    waitFor(async () => (await call(token)).status === 401, { seconds: SOON, what: () => 'the token is accepted' })

  const kept = await issue()
  await waitFor(async () => (await call(kept)).status !== 503, { what: () => 'the list has not been read' })
  const page = await connection.open()
  const application = await Application.connect({ issuer, redirectUri, ...web })
  const tokens = await application.signIn(page, () => signIn(page, issuer, person), {
    resource: api,
    scope: 'openid notes:read',
  })

  await connection.check('accepts the tokens of a machine and of a person', async () => {
    await isAccepted(kept)
    await isAccepted(tokens.access_token)
  })
  await connection.check('refuses a request without a token, and one with another scheme', async () => {
    assert.deepEqual(await call(), { status: 401, challenge: 'Bearer' })
    const answer = await fetch(`${api}/notes`, { headers: { authorization: `Basic ${kept}` } })
    assert.equal(answer.status, 401)
  })
  await connection.check('refuses a token for another API, an ID token, and one that was changed', async () => {
    await isRefused(await issue(other))
    await isRefused(tokens.id_token ?? '')
    const [header, , signature] = kept.split('.')
    const [, payload] = (await issue()).split('.')
    await isRefused(`${header}.${payload}.${signature}`)
    await isRefused('no token')
  })
  await connection.check('refuses a token without the scope', async () => {
    const { status, challenge } = await call(await issue(api, 'notes:write'))
    assert.equal(status, 403)
    assert.equal(challenge, 'Bearer error="insufficient_scope", scope="notes:read"')
  })
  await connection.check(`refuses a token within ${SOON} seconds after its client has revoked it`, async () => {
    const token = await issue()
    await isAccepted(token)
    const answer = await post('token/revocation', { token })
    assert.equal(answer.status, 200)
    await isSoonRefused(token)
    await isAccepted(kept)
  })
  await connection.check(`refuses the token of a person within ${SOON} seconds after they were suspended`, async () => {
    await isAccepted(tokens.access_token)
    await provider.command('accounts', 'suspend', person.email)
    await isSoonRefused(tokens.access_token)
    await isAccepted(kept)
  })
  await connection.check('refuses a token of another type', async () => {
    await provider.command('resources', 'update', api, '--token-type', 'JWT')
    await waitFor(async () => typeOf(await issue()) === 'JWT', { seconds: SOON })
    await isRefused(await issue())
  })
}

function typeOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).typ
}

function postAs({ id, secret }: Client, address: string, fields: Record<string, string>): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  return fetch(address, { method: 'POST', headers: { authorization }, body: new URLSearchParams(fields) })
}
