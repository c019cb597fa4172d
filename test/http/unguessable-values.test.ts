import test, { type ExecutionContext } from 'ava'
import { digest, newSecret } from '../../src/base/secrets.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse({ env: { REQUEST_LIMIT_IP: '10000/1m' } })
test.after.always(() => gatehouse.stop())

const EACH = 500
const AT_ONCE = 50

/** The results of many calls of `make`. */
async function collect<T>(make: () => Promise<T>): Promise<T[]> {
  const made: T[] = []
  while (made.length < EACH) made.push(...(await Promise.all(Array.from({ length: AT_ONCE }, make))))
  return made
}

/**
 * Checks that IDs have about 128 random bits, estimated by how often two IDs agree at a position, and that no position
 * depends on the order of creation.
 */
function unguessable(t: ExecutionContext, ids: readonly string[], about: string): void {
  t.is(new Set(ids).size, ids.length, about)
  const total = ids.length
  let bits = 0
  for (let position = 0; position < Math.min(...ids.map(id => id.length)); position++) {
    const counts = new Map<string, number>()
    for (const id of ids) counts.set(id[position]!, (counts.get(id[position]!) ?? 0) + 1)
    const agreeing = [...counts.values()].reduce((sum, count) => sum + count * (count - 1), 0)
    bits -= Math.log2(agreeing / (total * (total - 1)))
    const sameAsBefore = ids.filter((id, index) => index > 0 && id[position] === ids[index - 1]![position]).length
    t.true(sameAsBefore / total < 4 / counts.size, `${about}: position ${position} stays the same`)
  }
  t.true(bits > 126, `${about}: about ${bits} bits`)
}

test('S-10: values in a browser cannot be guessed: interactions, sessions, form tokens', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const asked = (await rp.begin()).url.href
  const browsers = await collect(async () => {
    const browser = new Browser(gatehouse.url)
    // In place of a session that has ended, the browser gets a new one.
    const ended = { name: 'gatehouse_session', value: 'ended', path: '/', expires: Number.POSITIVE_INFINITY }
    browser.cookies.set('/ gatehouse_session', ended)
    return browser.open(asked)
  })
  for (const name of ['gatehouse_interaction', 'gatehouse_resume', 'gatehouse_form', 'gatehouse_session']) {
    const values = browsers.map(browser => [...browser.cookies.values()].find(cookie => cookie.name === name)!.value)
    unguessable(t, values, name)
  }
})

test('S-10: values given to an application cannot be guessed: codes, access tokens, refresh tokens', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { firstParty: true, pkce: 'off' })
  const { browser } = await rp.signIn(ada)
  const asked = (await rp.begin({ prompt: 'none' })).url
  asked.searchParams.delete('code_challenge')
  asked.searchParams.delete('code_challenge_method')
  const given = await collect(async () => {
    const { headers } = await browser.copy().fetch(asked.href)
    const code = new URL(headers.get('location')!).searchParams.get('code')!
    const { body } = await rp.post('/token', { grant_type: 'authorization_code', code, redirect_uri: CALLBACK })
    return { code, access: String(body.access_token), refresh: String(body.refresh_token) }
  })
  for (const kind of ['code', 'access', 'refresh'] as const)
    unguessable(
      t,
      given.map(each => each[kind]),
      kind,
    )
})

test('S-10: a hundred thousand secrets all differ in their first 128 bits and in their digests', t => {
  const secrets = Array.from({ length: 100_000 }, () => newSecret())
  t.is(new Set(secrets.map(secret => secret.slice(0, 22))).size, secrets.length)
  t.is(new Set(secrets.map(digest)).size, secrets.length)
  unguessable(t, secrets.slice(0, 20_000), 'secret')
})
