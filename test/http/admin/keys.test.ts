import test from 'ava'
import { administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { api } = await administrator(gatehouse)

test('keys are rotated, and retired ones removed; no answer has a private key', async t => {
  const { body: first } = await api.call('listKeys')
  t.deepEqual([...new Set(first.keys.map(({ stage }) => stage))], ['current', 'next'])
  t.deepEqual(Object.keys(first.keys[0]!).sort(), ['alg', 'created_at', 'kid', 'retired_at', 'stage'])

  const rotated = await api.call('rotateKeys')
  t.is(rotated.status, 201, 'the keys of the first start are known everywhere')
  const early = await api.call('rotateKeys')
  t.is(early.status, 409)
  t.regex(early.problem.detail, /wait until/)
  t.is((await api.call('rotateKeys', { body: { now: true } })).status, 201)

  const { body } = await api.call('listKeys')
  const kid = (wanted: string) => body.keys.find(({ stage }) => stage === wanted)!.kid
  t.is((await api.call('removeKey', { params: { kid: kid('current') } })).status, 409)
  t.is((await api.call('removeKey', { params: { kid: 'unknown' } })).status, 404)
  const retired = kid('retired')
  t.is((await api.call('removeKey', { params: { kid: retired } })).status, 204)
  t.false(JSON.stringify((await api.call('listKeys')).body).includes(retired))
})

test.after.always(() => gatehouse.stop())
