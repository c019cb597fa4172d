import test from 'ava'
import { RETURNED_RESULT, type ReturnedResult } from '../../src/federation/upstream-requests.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { kept } = gatehouse.app
const result: ReturnedResult = {
  providerId: 'one',
  begunAt: 1,
  result: {
    claims: { sub: 'ada-there', ...JSON.parse('{"__proto__": {"admin": true}}') },
    idToken: 'a.b.c',
    sid: null,
    tokens: { accessToken: 'secret', refreshToken: null, expiresAt: null, scope: null },
  },
}

test.after.always(() => gatehouse.stop())

test('a returned result is kept for its page and taken once', async t => {
  await kept.put(RETURNED_RESULT, 'interaction.browser', result)
  t.is(await kept.take(RETURNED_RESULT, 'interaction.another browser'), null)
  const taken = await Promise.all([
    kept.take(RETURNED_RESULT, 'interaction.browser'),
    kept.take(RETURNED_RESULT, 'interaction.browser'),
  ])
  t.deepEqual(taken.filter(Boolean), [result])
  t.is(await kept.take(RETURNED_RESULT, 'interaction.browser'), null)
})

test('the latest returned result replaces the previous one', async t => {
  await kept.put(RETURNED_RESULT, 'again', result)
  await kept.put(RETURNED_RESULT, 'again', { ...result, providerId: 'two' })
  t.is((await kept.take(RETURNED_RESULT, 'again'))?.providerId, 'two')
})

test('U-09: a claim named __proto__ changes no prototype', async t => {
  await kept.put(RETURNED_RESULT, 'prototype', result)
  const taken = await kept.take(RETURNED_RESULT, 'prototype')
  t.is((taken!.result.claims as { admin?: boolean }).admin, undefined)
  t.is(({} as { admin?: boolean }).admin, undefined)
})
