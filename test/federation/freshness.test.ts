import test from 'ava'
import { checkFreshness, freshnessParameters } from '../../src/federation/protocol/max-age.ts'
import { KINDS, type Kind, presetOf } from '../../src/federation/providers/presets.ts'

const provider = (kind: Kind) => ({ kind, openid: presetOf(kind).protocol === 'oidc' })
const freshness = (
  auth_time: unknown,
  requested: { reauthenticate?: boolean; maxAge?: number | null },
  kind: Kind = 'oidc',
) =>
  checkFreshness(
    provider(kind),
    { claims: { auth_time } },
    { reauthenticate: false, maxAge: null, ...requested },
    { begunAt: 10_000, now: 10_900 },
  )

test('S-11: a standard provider gets max_age, so that it sends auth_time; other providers get their own parameters', t => {
  const login = { reauthenticate: true, maxAge: 300 }
  const recent = { reauthenticate: false, maxAge: 300 }
  for (const kind of ['oidc', 'gitlab'] as const) {
    t.deepEqual(freshnessParameters(provider(kind), login), { prompt: 'login', max_age: '0' })
    t.deepEqual(freshnessParameters(provider(kind), recent), { max_age: '300' })
  }
  t.deepEqual(freshnessParameters(provider('microsoft'), login), { prompt: 'login' })
  for (const kind of ['google', 'apple', 'discord', 'oauth2'] as const)
    t.deepEqual(freshnessParameters(provider(kind), login), {})
  for (const kind of KINDS)
    t.deepEqual(freshnessParameters(provider(kind), { reauthenticate: false, maxAge: null }), {})
})

test("S-11: without a valid auth_time, a standard provider's result is stale", t => {
  for (const at of [undefined, null, '10000', '', true, {}, [10_500]]) {
    t.is(freshness(at, { reauthenticate: true }), 'stale', JSON.stringify(at))
    t.is(freshness(at, { maxAge: 0 }), 'stale')
    t.is(freshness(at, { maxAge: 86_400 }), 'stale')
    t.is(freshness(at, {}), 'fresh')
  }
})

test('S-11: authentication after the request is fresh; before it, maxAge decides, with a minute of leeway', t => {
  for (const requested of [
    { reauthenticate: true },
    { maxAge: 0 },
    { maxAge: 300 },
    { reauthenticate: true, maxAge: 7200 },
  ]) {
    t.is(freshness(10_000, requested), 'fresh')
    t.is(freshness(9_940, requested), 'fresh')
    t.is(freshness(9_939, requested), 'stale', JSON.stringify(requested))
  }
  t.is(freshness(7_240, { maxAge: 3600 }), 'fresh')
  t.is(freshness(7_239, { maxAge: 3600 }), 'stale')
})

test('S-11: other providers may omit auth_time, and it counts if they send it; plain OAuth 2.0 never has it', t => {
  for (const kind of ['google', 'apple', 'microsoft'] as const) {
    t.is(freshness(undefined, { reauthenticate: true }, kind), 'no-auth-time')
    t.is(freshness(10_000, { reauthenticate: true }, kind), 'fresh')
    t.is(freshness(1, { reauthenticate: true }, kind), 'stale')
  }
  for (const kind of ['github', 'discord', 'yandex', 'vk', 'oauth2'] as const)
    t.is(freshness(10_000, { maxAge: 0 }, kind), 'no-auth-time')
})
