import test from 'ava'
import { LANDING, type ReturnedResult } from '../../src/federation/authorization/returned-results.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { kept } = gatehouse.app
const landing: ReturnedResult = {
  providerId: 'one',
  begunAt: 1,
  answer: {
    claims: { sub: 'ada-there', ...JSON.parse('{"__proto__": {"admin": true}}') },
    idToken: 'a.b.c',
    sid: null,
    tokens: { accessToken: 'secret', refreshToken: null, expiresAt: null, scope: null },
  },
}

test.after.always(() => gatehouse.stop())

test('what came back waits at its place, and is taken once', async t => {
  await kept.put(LANDING, 'interaction.browser', landing)
  t.is(await kept.take(LANDING, 'interaction.another browser'), null)
  const taken = await Promise.all([
    kept.take(LANDING, 'interaction.browser'),
    kept.take(LANDING, 'interaction.browser'),
  ])
  t.deepEqual(taken.filter(Boolean), [landing])
  t.is(await kept.take(LANDING, 'interaction.browser'), null)
})

test('what came back last is what counts', async t => {
  await kept.put(LANDING, 'again', landing)
  await kept.put(LANDING, 'again', { ...landing, providerId: 'two' })
  t.is((await kept.take(LANDING, 'again'))?.providerId, 'two')
})

test('U-09: a claim that is called like a prototype changes nothing but itself', async t => {
  await kept.put(LANDING, 'prototype', landing)
  const taken = await kept.take(LANDING, 'prototype')
  t.is((taken!.answer.claims as { admin?: boolean }).admin, undefined)
  t.is(({} as { admin?: boolean }).admin, undefined)
})
