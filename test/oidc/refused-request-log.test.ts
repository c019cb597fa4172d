import test from 'ava'
import { pino } from 'pino'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { waitFor } from '../support/wait-for.ts'

const lines: Record<string, unknown>[] = []
const log = pino({ level: 'info' }, { write: line => void lines.push(JSON.parse(line)) })
const gatehouse = await startGatehouse({ log })
test.after.always(() => gatehouse.stop())

/** The fix in the log for the request that was answered so. */
async function loggedFix({ headers }: Response) {
  const line = await waitFor(() => lines.find(each => each.requestId === headers.get('x-request-id')) ?? null)
  return line.fix
}

/** The fix in the log for a request of this client, which has to be refused. */
async function fix(
  redirectUri: string,
  change: (request: URLSearchParams) => void,
  more: Partial<ClientRegistration> = {},
) {
  const rp = await RelyingParty.register(gatehouse, { redirectUris: [redirectUri], ...more })
  const { url } = await rp.begin({ redirect_uri: redirectUri })
  change(url.searchParams)
  const response = await fetch(url, { redirect: 'manual' })
  return { id: rp.id, fix: await loggedFix(response), location: response.headers.get('location') ?? '' }
}

const unprotected = (request: URLSearchParams) => {
  for (const name of ['code_challenge', 'code_challenge_method', 'nonce']) request.delete(name)
}

test('for a request without PKCE and nonce the log names the option of the program that is known by its callback', async t => {
  const proxy = await fix('https://app.example.com/oauth2/callback', unprotected)
  t.is(
    proxy.fix,
    `OAuth2 Proxy: set code_challenge_method = "S256"; or, if it can do neither: gatehouse clients update ${proxy.id} --pkce off`,
  )
  t.false(proxy.location.includes('gatehouse'), 'the application is not told of our commands')
})

test('for any other application the log says what to do in general, and offers public clients no way around PKCE', async t => {
  const unknown = await fix('https://app.example.com/somewhere', unprotected)
  t.is(
    unknown.fix,
    `switch on PKCE (S256) in the application; or, if it can do neither: gatehouse clients update ${unknown.id} --pkce off`,
  )
  const open = await fix('https://app.example.com/somewhere', unprotected, { profile: 'spa' })
  t.is(open.fix, 'switch on PKCE (S256) in the application')
})

test('a client that sends a nonce, but is registered for PKCE, is offered the nonce and not the weakest policy', async t => {
  const strict = await fix('https://app.example.com/somewhere', request => request.delete('code_challenge'), {
    pkce: 'required',
  })
  t.is(strict.fix, undefined, 'a method without a challenge is another mistake')
  const nonce = await fix(
    'https://app.example.com/somewhere',
    request => ['code_challenge', 'code_challenge_method'].forEach(name => void request.delete(name)),
    { pkce: 'required' },
  )
  t.is(
    nonce.fix,
    `switch on PKCE (S256) in the application; or, since it sends a nonce: gatehouse clients update ${nonce.id} --pkce nonce`,
  )
})

test('programs are not named by a callback that many of them use', async t => {
  const { fix: advice } = await fix('https://app.example.com/callback', unprotected)
  t.regex(String(advice), /^switch on PKCE/)
})

test('a native application is not offered tokens in its redirect', async t => {
  const { fix: advice } = await fix('http://127.0.0.1/cb', request => request.set('response_type', 'id_token'), {
    profile: 'native',
  })
  t.is(advice, 'let the application use response_type=code')
})

test('for a response type that the client is not registered for, the log names both ways to mend it', async t => {
  const implicit = (type: string) => (request: URLSearchParams) => request.set('response_type', type)
  const express = await fix('https://app.example.com/callback', implicit('id_token'))
  t.is(
    express.fix,
    `express-openid-connect: set response_type: 'code'; or: gatehouse clients update ${express.id} --response-type code --response-type id_token`,
  )
  const other = await fix('https://app.example.com/signin', implicit('token id_token'))
  t.is(
    other.fix,
    `let the application use response_type=code; or: gatehouse clients update ${other.id} --response-type code --response-type 'id_token token'`,
  )
  const unknown = await fix('https://app.example.com/signin', implicit("token'; rm -rf"))
  t.is(unknown.fix, undefined)
})

test('for an address that is not registered, the log says what to change on each side, also for pushed requests', async t => {
  const registered = 'https://app.example.com/callback'
  const rp = await RelyingParty.register(gatehouse, { redirectUris: [registered] })
  const push = async (redirectUri: string) => {
    const { url } = await rp.begin({ redirect_uri: redirectUri })
    const response = await fetch(`${gatehouse.url}/request`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${rp.id}:${rp.secret}`)}` },
      body: url.searchParams,
    })
    t.is(response.status, 400)
    const answer = await response.text()
    t.true(answer.includes('redirect_uri') && !answer.includes(registered), answer)
    return loggedFix(response)
  }
  const ways = (sent: string) =>
    `let the application send ${registered}; if what it sends is right: gatehouse clients update ${rp.id} --add-redirect-uri ${sent}`
  t.is(await push('https://app.example.com/callbak'), ways('https://app.example.com/callbak'))
  t.is(await push("https://app.example.com/';id;'"), ways(`'https://app.example.com/'\\'';id;'\\'''`))
  t.is(
    await push('http://app.example.com/callback'),
    `let the application send ${registered}; what it sends must be https: (http: only on localhost, 127.0.0.1 or [::1])`,
  )
})
