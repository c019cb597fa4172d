import test, { type ExecutionContext } from 'ava'
import type { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const EVIL = 'https://evil.test/cb'

const get = (url: URL) => fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })

/** The same request by POST, followed to the GET that it redirects to. */
async function post(url: URL): Promise<Response> {
  const response = await fetch(new URL(url.pathname, url), {
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'text/html' },
    body: url.searchParams,
  })
  return response.status === 303 ? get(new URL(response.headers.get('location') ?? '', url)) : response
}

function refused(t: ExecutionContext, { status, headers }: Response, about?: string): void {
  t.true(status >= 400 && status < 500, `${status} for ${about}`)
  t.is(headers.get('location'), null, about)
}

test('R-03: no invalid request redirects to an unregistered address', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const mistakes: Record<string, string>[] = [
    {},
    { client_id: 'nobody' },
    { client_id: '' },
    { prompt: 'none' },
    { prompt: 'none login' },
    { response_type: 'token' },
    { response_type: 'x' },
    { response_mode: 'fragment' },
    { response_mode: 'form_post' },
    { response_mode: 'web_message' },
    { response_mode: 'x' },
    { scope: 'unheard-of' },
    { scope: '' },
    { max_age: '-1' },
    { claims: '{' },
    { request: 'x' },
    { request_uri: `${EVIL}/request` },
    { registration: '{}' },
    { resource: 'https://nowhere.example' },
    { id_token_hint: 'x.y.z' },
    { code_challenge: 'short' },
    { state: 'x'.repeat(9000) },
  ]
  for (const mistake of mistakes) {
    const { url } = await rp.begin({ redirect_uri: EVIL, ...mistake })
    for (const response of [await get(url), await post(url)]) {
      refused(t, response, JSON.stringify(mistake))
      t.false((await response.text()).includes(`action="${EVIL}`), JSON.stringify(mistake))
    }
  }
})

test('R-03: a request that is too large is refused without a redirect', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { url } = await rp.begin({ state: 'x'.repeat(100_000) })
  t.is((await get(url)).status, 431)
  refused(t, await post(url))
})

test('R-03: errors for the application are sent to its registered redirect URI', async t => {
  const rp = await RelyingParty.register(gatehouse)
  for (const [mistake, error] of [
    [{ prompt: 'none' }, 'login_required'],
    [{ prompt: 'none login' }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ claims: '{' }, 'invalid_request'],
    [{ request: 'x' }, 'request_not_supported'],
  ] as const) {
    const { url, state } = await rp.begin(mistake)
    const back = new URL((await get(url)).headers.get('location') ?? 'about:blank')
    t.is(`${back.origin}${back.pathname}`, CALLBACK)
    t.is(back.searchParams.get('error') ?? new URLSearchParams(back.hash.slice(1)).get('error'), error)
    t.true(back.href.includes(state))
  }
})

test('F-15: a request without any scope that the client may have is refused before the sign-in', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const without = async (scope: string | null) => {
    const { url } = await rp.begin({ scope: scope ?? '' })
    url.searchParams.delete('nonce')
    if (scope === null) url.searchParams.delete('scope')
    return url
  }
  for (const scope of [null, '', 'unheard-of', 'unheard-of offline_access', 'offline_access', 'phone address']) {
    const request = await without(scope)
    for (const more of ['', 'consent', 'none']) {
      if (more) request.searchParams.set('prompt', more)
      const back = new URL((await get(request)).headers.get('location') ?? 'about:blank')
      t.is(`${back.origin}${back.pathname}`, CALLBACK, `${scope} ${more}`)
      t.is(back.searchParams.get('error'), 'invalid_scope', `${scope} ${more}`)
      t.regex(
        back.searchParams.get('error_description') ?? '',
        /no scope that this client may request; .* one of: openid profile email/,
      )
    }
    const pushed = await rp.post('/request', Object.fromEntries(request.searchParams))
    t.is(pushed.status, 400)
    t.is(pushed.body.error, 'invalid_scope')
  }
  const known = await without('unheard-of phone email')
  t.is(new URL((await get(known)).headers.get('location')!, gatehouse.url).pathname.split('/')[1], 'interaction')
})

test('R-04: a parameter given twice is refused, in the query and in the body', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const names = ['client_id', 'redirect_uri', 'response_type', 'state', 'scope', 'code_challenge', 'nonce', 'prompt']
  for (const name of names) {
    const { url } = await rp.begin({ prompt: 'login' })
    for (const value of [url.searchParams.get(name) ?? '', 'https://evil.test/cb']) {
      const twice = new URL(url)
      twice.searchParams.append(name, value)
      for (const response of [await get(twice), await post(twice)]) {
        const back = response.headers.get('location')
        if (back) {
          // The error is sent to the application only if client_id and redirect_uri were given once.
          t.false(['client_id', 'redirect_uri'].includes(name))
          t.true(back.startsWith(`${CALLBACK}?error=invalid_request&`), back)
          t.false(back.includes('evil'))
        } else {
          refused(t, response, name)
        }
      }
    }
  }
})

test('R-04: a valid request in the URL does not hide an invalid one in the body', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { url } = await rp.begin({ redirect_uri: EVIL })
  const good = (await rp.begin()).url
  const mixed = new URL(`${url.pathname}?${good.searchParams}`, url)
  const response = await fetch(mixed, {
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'text/html' },
    body: url.searchParams,
  })
  refused(t, response)
})

test('R-06: without PKCE (S256) neither public clients nor those registered for it get a code', async t => {
  for (const profile of ['spa', 'native', 'web'] as const) {
    const rp = await RelyingParty.register(gatehouse, { profile, pkce: 'required' })
    const { url } = await rp.begin()
    const without = new URL(url)
    without.searchParams.delete('code_challenge')
    const neither = new URL(without)
    neither.searchParams.delete('code_challenge_method')
    const wrong = ['plain', 's256', 'none', ''].map(method => {
      const changed = new URL(url)
      changed.searchParams.set('code_challenge_method', method)
      return changed
    })
    const unstated = new URL(url)
    unstated.searchParams.delete('code_challenge_method')
    const challenges = ['x'.repeat(42), 'x'.repeat(129), 'ü'.repeat(43)].map(challenge => {
      const changed = new URL(url)
      changed.searchParams.set('code_challenge', challenge)
      return changed
    })
    for (const asked of [without, neither, unstated, ...wrong, ...challenges]) {
      const back = (await get(asked)).headers.get('location') ?? ''
      t.true(back.startsWith(`${CALLBACK}?error=invalid_request&`), `${profile} ${asked.search}: ${back}`)
    }
  }
})

test('R-06: a confidential client needs PKCE or a nonce, and is told so; with a wrong challenge the nonce does not help', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { url } = await rp.begin()
  const changed = (change: (parameters: URLSearchParams) => void) => {
    const copy = new URL(url)
    change(copy.searchParams)
    return copy
  }
  const withoutPkce = changed(parameters => {
    parameters.delete('code_challenge')
    parameters.delete('code_challenge_method')
  })
  const leadsOn = async (asked: URL) => (await get(asked)).headers.get('location') ?? ''
  t.regex(await leadsOn(withoutPkce), /^\/interaction\//)
  t.regex(await leadsOn(changed(parameters => parameters.delete('nonce'))), /^\/interaction\//)

  withoutPkce.searchParams.delete('nonce')
  const refusal = new URL(await leadsOn(withoutPkce)).searchParams
  t.is(refusal.get('error'), 'invalid_request')
  t.regex(refusal.get('error_description') ?? '', /needs PKCE \(code_challenge, S256\) or a nonce/)
  const { status, body } = await rp.post('/request', Object.fromEntries(withoutPkce.searchParams))
  t.is(status, 400)
  t.is(body.error, 'invalid_request')

  for (const method of ['plain', '']) {
    const location = await leadsOn(changed(parameters => parameters.set('code_challenge_method', method)))
    t.true(location.startsWith(`${CALLBACK}?error=invalid_request&`), method)
  }
})

test('R-06: a code verifier is required after a challenge, and refused without one', async t => {
  const ada = await makePerson(gatehouse)
  const strict = await RelyingParty.register(gatehouse, { pkce: 'nonce' })
  for (const verifier of [null, 'x'.repeat(43), 'x'.repeat(42), 'x'.repeat(129), '']) {
    const begun = await strict.begin()
    const browser = await strict.visit(begun, ada)
    const answer = await strict.post('/token', redemption(browser, verifier))
    t.is(answer.status, 400)
    t.regex(answer.body.error, /^invalid_(grant|request)$/)
  }

  const lax = await RelyingParty.register(gatehouse, { pkce: 'off' })
  const begun = await lax.begin()
  begun.url.searchParams.delete('code_challenge')
  begun.url.searchParams.delete('code_challenge_method')
  const refused = await lax.post('/token', redemption(await lax.visit(begun, ada), 'x'.repeat(43)))
  t.like(refused, { status: 400, body: { error: 'invalid_grant' } })
  const taken = await lax.post('/token', redemption(await lax.visit(begun, ada), null))
  t.is(taken.status, 200)
})

function redemption(browser: Browser, verifier: string | null): Record<string, string> {
  return {
    grant_type: 'authorization_code',
    code: new URL(browser.page.url).searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    ...(verifier === null ? {} : { code_verifier: verifier }),
  }
}
