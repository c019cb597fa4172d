import { Validator } from '@seriousme/openapi-schema-validator'
import test from 'ava'
import { OPERATIONS } from '../../support/account-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

interface Document {
  openapi: string
  servers: { url: string }[]
  paths: Record<
    string,
    Record<string, { operationId: string; description: string; responses: Record<string, unknown> }>
  >
  components: { schemas: Record<string, { additionalProperties?: unknown }> }
}

async function published(): Promise<{ response: Response; document: Document }> {
  const response = await fetch(`${gatehouse.url}/api/v1/openapi.json`)
  return { response, document: JSON.parse(await response.text()) }
}

test('the OpenAPI document is valid and public, and its references resolve', async t => {
  const { response, document } = await published()
  t.is(response.status, 200)
  t.is(response.headers.get('content-type'), 'application/json; charset=utf-8')
  t.is(response.headers.get('access-control-allow-origin'), '*')
  t.is(response.headers.get('access-control-allow-credentials'), null)

  const validator = new Validator()
  const { valid, errors } = await validator.validate({ ...document })
  t.true(valid, JSON.stringify(errors, null, 2))
  t.is(validator.version, '3.1')
  t.deepEqual(document.servers, [{ url: `${gatehouse.url}/api/v1` }])
  const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)
  for (const [, name] of references) t.true(name! in document.components.schemas, name)
})

/** The names of all members of all objects that a part of the document describes. */
function membersIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return []
  return Object.entries(part).flatMap(([key, value]) => [
    ...(key === 'properties' ? Object.keys(value) : []),
    ...membersIn(value),
  ])
}

test('every member of a request or response is written in snake case', async t => {
  const names = membersIn((await published()).document)
  t.true(names.includes('challenge_token'))
  t.deepEqual(
    names.filter(name => !/^[a-z][a-z0-9_]*$/.test(name)),
    [],
  )
})

test('the OpenAPI document has every route, and nothing else', async t => {
  const { document } = await published()
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replace(/\{\w+\}/, 'any')}`),
  )
  t.deepEqual(described.sort(), OPERATIONS.map(({ method, path }) => `${method} ${path}`).sort())
  const names = Object.values(document.paths).flatMap(methods => Object.values(methods).map(each => each.operationId))
  t.is(new Set(names).size, names.length)
  for (const { method, path } of OPERATIONS) {
    const { status } = await fetch(`${gatehouse.url}/api/v1${path}`, { method })
    t.is(status, 401, `${method} ${path}`)
  }
})

test('the description of password removal names the sign-in methods that must remain', async t => {
  const { document } = await published()
  t.regex(document.paths['/me/password']?.delete?.description ?? '', /passkey or a connected account/)
})

test('request bodies are described as closed: unknown fields are refused', async t => {
  const { components } = (await published()).document
  for (const name of ['ProfileChange', 'PasswordChange', 'EmailChange', 'Nothing'])
    t.is(components.schemas[name]?.additionalProperties, false, name)
})

test('an unknown route or method gets problem details in JSON, whatever the Accept header says', async t => {
  const headers = { accept: 'text/html' }
  const missing = await fetch(`${gatehouse.url}/api/v1/you`, { headers })
  t.is(missing.status, 404)
  t.is(missing.headers.get('content-type'), 'application/problem+json')
  const wrong = await fetch(`${gatehouse.url}/api/v1/me`, { method: 'POST', headers })
  t.is(wrong.status, 405)
  t.deepEqual(wrong.headers.get('allow')?.split(', ').sort(), ['GET', 'HEAD', 'PATCH'])
  t.is(((await wrong.json()) as { title: string }).title, 'Method Not Allowed')
})
