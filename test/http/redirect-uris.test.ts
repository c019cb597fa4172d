import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const GOOD = 'https://good.example/cb'

/** The response to an authorization request with this redirect URI. */
async function ask(rp: RelyingParty, redirectUri: string): Promise<Response> {
  const { url } = await rp.begin({ redirect_uri: redirectUri })
  return fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })
}

test('R-01: a redirect URI that differs from the registered one in a single byte gets an error page, never a redirect', async t => {
  const rp = await RelyingParty.register(gatehouse, { redirectUris: [GOOD] })
  t.is((await ask(rp, GOOD)).status, 303)
  const variants = [
    'https://good.example.evil.test/cb',
    'https://good.example@evil.test/cb',
    'https://good.example:x@evil.test/cb',
    'https://evil.test/https://good.example/cb',
    'https://evil.test#https://good.example/cb',
    'https://evil.test\\@good.example/cb',
    'https://good.example/cb/../x',
    'https://good.example/x/../cb',
    'https://good.example/./cb',
    'https://good.example/cb%2e%2e',
    'https://good.example/%63b',
    'https://good.example/CB',
    'https://GOOD.example/cb',
    'HTTPS://good.example/cb',
    'https://good.example/cb/',
    'https://good.example//cb',
    'https://good.example:443/cb',
    'https://good.example:8443/cb',
    'https://good.example/cb?',
    'https://good.example/cb?x=1',
    'https://good.example/cb#',
    'https://good.example/cb#f',
    'https:\\\\good.example\\cb',
    'https:/good.example/cb',
    'https:good.example/cb',
    '//good.example/cb',
    'http://good.example/cb',
    ' https://good.example/cb',
    'https://good.example/cb ',
    'https://good.example/cb\t',
    'https://good.example/\ncb',
    'https://good.example/cb\u0000',
    'https://good\u3002example/cb',
    'https://good\uff0eexample/cb',
    'https://good.example./cb',
    'https://goo\u200bd.example/cb',
    'https://2130706433/cb',
    'https://[::1]/cb',
    'https://127.1/cb',
    'javascript:alert(1)//https://good.example/cb',
    'https://good.example/c',
    'https://*.example/cb',
    '*',
    'null',
    '',
  ]
  for (const variant of variants) {
    const answer = await ask(rp, variant)
    t.is(answer.status, 400, variant)
    t.is(answer.headers.get('location'), null, variant)
    t.false((await answer.text()).includes('href="https://evil.test'), variant)
  }
})

test('R-02: redirect URIs that are unsafe in a browser, or not exact, cannot be registered', async t => {
  const { app } = gatehouse
  const refused = [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'DATA:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://good.example/1',
    'about:blank',
    'ftp://good.example/',
    'ws://good.example/',
    'http://good.example/cb',
    'http://127.0.0.1.evil.test/cb',
    'https://*.good.example/cb',
    'https://good.example/cb#f',
    'https://user:secret@good.example/cb',
    'https://good.example\\cb',
    'myapp:/cb',
    '/cb',
    '',
  ]
  const register = (profile: 'web' | 'spa' | 'native', field: string, uri: string) =>
    app.scope(() =>
      app.clients.register({ name: 'Bad', profile, redirectUris: [GOOD], [field]: [uri] }, { by: operator }),
    )
  for (const uri of refused) {
    for (const profile of ['web', 'spa', 'native'] as const) {
      for (const field of ['redirectUris', 'postLogoutRedirectUris']) {
        const error = await t.throwsAsync(register(profile, field, uri), { instanceOf: InvalidInput }, uri)
        t.deepEqual(Object.keys(error?.fields ?? {}), [field], uri)
      }
    }
  }
  for (const field of ['uri', 'logoUri', 'policyUri', 'tosUri']) {
    const registration = { name: 'Bad', profile: 'web' as const, redirectUris: [GOOD] }
    await t.throwsAsync(
      app.scope(() => app.clients.register({ ...registration, [field]: 'javascript:alert(1)' }, { by: operator })),
      { instanceOf: InvalidInput },
    )
  }
  await t.throwsAsync(register('web', 'redirectUris', 'com.example.app:/cb'), { instanceOf: InvalidInput })
  await t.notThrowsAsync(register('native', 'redirectUris', 'com.example.app:/cb'))
})

test('R-05: only a native application can choose its loopback port, and nothing else of the redirect URI', async t => {
  const redirectUris = ['http://127.0.0.1/cb', 'http://[::1]/cb', 'http://localhost:7000/cb']
  const native = await RelyingParty.register(gatehouse, { profile: 'native', redirectUris })
  for (const uri of ['http://127.0.0.1:50123/cb', 'http://127.0.0.1/cb', 'http://[::1]:50123/cb', redirectUris[2]!])
    t.is((await ask(native, uri)).status, 303, uri)
  for (const uri of [
    'http://127.0.0.1:50123/cb/',
    'http://127.0.0.1:50123/CB',
    'http://127.0.0.1:50123/cb?x=1',
    'http://127.0.0.1:50123/cb#f',
    'http://127.0.0.1:50123@evil.test/cb',
    'http://127.0.0.1:50123.evil.test/cb',
    'http://user@127.0.0.1:50123/cb',
    'http://127.0.0.2:50123/cb',
    'http://127.1:50123/cb',
    'https://127.0.0.1:50123/cb',
  ])
    t.is((await ask(native, uri)).status, 400, uri)

  for (const profile of ['web', 'spa'] as const) {
    const other = await RelyingParty.register(gatehouse, { profile, redirectUris })
    t.is((await ask(other, 'http://127.0.0.1/cb')).status, 303)
    for (const uri of ['http://127.0.0.1:50123/cb', 'http://[::1]:50123/cb', 'http://localhost:7001/cb'])
      t.is((await ask(other, uri)).status, 400, `${profile} ${uri}`)
  }
})

test('R-05: a loopback host does not match another loopback host', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'native', redirectUris: ['http://127.0.0.1/cb'] })
  for (const uri of ['http://localhost:50123/cb', 'http://[::1]:50123/cb', 'http://0.0.0.0:50123/cb'])
    t.is((await ask(rp, uri)).status, 400, uri)
})

test('a person who denies access is returned to the exact redirect URI of the request', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'native', redirectUris: ['http://127.0.0.1/cb'] })
  const begun = await rp.begin({ redirect_uri: 'http://127.0.0.1:50123/cb' })
  const browser = await new Browser(gatehouse.url).open(begun.url.href)
  await browser.submit({}, { action: '/abort' })
  const back = new URL(browser.page.url)
  t.is(`${back.origin}${back.pathname}`, 'http://127.0.0.1:50123/cb')
  t.is(back.searchParams.get('error'), 'access_denied')
  t.is(back.searchParams.get('state'), begun.state)
})
