import test from 'ava'
import type { Landing } from '../../src/federation/landings.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { landings } = gatehouse.app
const landing: Landing = {
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
  await landings.keep('interaction.browser', landing)
  t.is(await landings.take('interaction.another browser'), null)
  const taken = await Promise.all([landings.take('interaction.browser'), landings.take('interaction.browser')])
  t.deepEqual(taken.filter(Boolean), [landing])
  t.is(await landings.take('interaction.browser'), null)
})

test('what came back last is what counts', async t => {
  await landings.keep('again', landing)
  await landings.keep('again', { ...landing, providerId: 'two' })
  t.is((await landings.take('again'))?.providerId, 'two')
})

test('U-09: a claim that is called like a prototype changes nothing but itself', async t => {
  await landings.keep('prototype', landing)
  const taken = await landings.take('prototype')
  t.is((taken!.answer.claims as { admin?: boolean }).admin, undefined)
  t.is(({} as { admin?: boolean }).admin, undefined)
})
