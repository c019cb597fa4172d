import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Authenticator } from '../support/authenticator.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

/** Every row of every table. */
async function dumpDatabase(): Promise<Record<string, string>> {
  const tables = await app.em
    .fork()
    .execute<{ name: string }[]>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    )
  const dumps = tables.map(async ({ name }) => {
    const rows = await app.em.fork().execute<{ row: string }[]>(`select to_jsonb(t)::text as row from ${name} t`)
    return [`table ${name}`, rows.map(({ row }) => row).join('\n')] as const
  })
  return Object.fromEntries(await Promise.all(dumps))
}

/** Every key of Redis with its value. */
async function dumpRedis(): Promise<Record<string, string>> {
  if (!app.redis) return {}
  const client = app.redis
  const read: Record<string, () => Promise<unknown>> = {}
  for (const key of await client.keys('*')) {
    const type = await client.type(key)
    if (type === 'string') read[key] = () => client.get(key)
    else if (type === 'hash') read[key] = () => client.hgetall(key)
    else if (type === 'set') read[key] = () => client.smembers(key)
    else if (type === 'zset') read[key] = () => client.zrange(key, 0, '-1')
    else throw new Error(`${key} is a ${type}`)
  }
  const dumps = Object.entries(read).map(async ([key, get]) => [
    `Redis ${key}`,
    `${key} ${JSON.stringify(await get())}`,
  ])
  return Object.fromEntries(await Promise.all(dumps))
}

test('A-07: the stores hold passwords, secrets, codes, tokens, cookies, links and keys only hashed or encrypted', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser, begun, tokens } = await rp.signInToStay(ada)
  const refreshed = await rp.refresh(tokens.refresh_token!)
  const again = await rp.begin()
  await browser.open(again.url.href)
  const unused = new URL(browser.page.url).searchParams.get('code')!
  const recovery = await app.scope(() => app.passwordReset.link(ada.id, { by: operator }))
  const setup = await app.scope(() => app.setup.link())
  const keys = await app.scope(() => app.keys.list())
  const { seed, codes } = await app.scope(async () => {
    const account = await app.accounts.find(ada.id)
    const { proposal, secret } = app.totps.propose(account)
    const code = new Authenticator(secret, app.clock).code()
    const codes = await app.factorChanges.addTotp(account, { proposal, code }, { by: operator })
    return { seed: secret.replaceAll(' ', ''), codes: codes! }
  })
  const cookies = [...browser.cookies.values()].filter(({ name }) => /session$|resume$|interaction$/.test(name))
  t.true(cookies.length > 0)

  const secrets = {
    'the password': ada.password,
    "the client's secret": rp.secret!,
    'an unused authorization code': unused,
    'the access token': tokens.access_token,
    'the second access token': refreshed.access_token,
    'the refresh token': tokens.refresh_token!,
    'the second refresh token': refreshed.refresh_token!,
    'the ID token': tokens.id_token!,
    'the PKCE verifier': begun.verifier,
    'the password reset link': recovery.token,
    'the setup link': setup!,
    'the seed of the authenticator app': seed,
    ...Object.fromEntries(codes.map(code => [`the recovery code ${code}`, code.replaceAll('-', '')])),
    ...Object.fromEntries(cookies.map(({ name, value }) => [`the cookie ${name}`, value])),
    ...Object.fromEntries(
      keys.map(key => [`the key ${key.kid}`, app.keys.privateKey(key).export({ format: 'jwk' }).d!]),
    ),
  }
  const dump = { ...(await dumpDatabase()), ...(await dumpRedis()) }
  t.true(Object.values(dump).some(text => text.includes(ada.id)))
  for (const [place, text] of Object.entries(dump)) {
    for (const [what, secret] of Object.entries(secrets)) {
      t.false(text.includes(secret), `${what} is readable in ${place}`)
    }
    t.false(text.includes('PRIVATE KEY'), place)
  }
})
