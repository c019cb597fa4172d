import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { Artifact, Change, Put } from '../../src/storage/artifacts/artifacts.ts'
import { eventually } from '../support/eventually.ts'
import { type SharedStore, type Store, subjects, winsElsewhere } from './subjects.ts'

const TTL = 60
const PARALLEL = 50
const at = Math.floor(Date.now() / 1000)

const put = (kind: string, id: string, payload: Artifact, ttl = TTL): Change => ({
  do: 'put',
  kind,
  id,
  payload: { jti: id, kind, ...payload },
  ttl,
})
const replace = (kind: string, id: string, payload: Artifact): Change => ({
  ...(put(kind, id, payload) as Put),
  ifPresent: true,
})
const take = (kind: string, id: string): Change => ({ do: 'drop', kind, id, ifPresent: true })
const consume = (kind: string, id: string): Change => ({ do: 'consume', kind, id, at })
const drop = (kind: string, id: string): Change => ({ do: 'drop', kind, id })
const grant = (id: string, accountId: string) => put('Grant', id, { accountId, clientId: 'shop' })

/** A test that every implementation must pass. Each file has its own store, and each test uses its own names. */
type Test = (t: ExecutionContext, stores: { here: Store; there: Store; shared: SharedStore }) => Promise<void>
const tests: [title: string, run: Test][] = []
const defineTest = (title: string, run: Test) => tests.push([title, run])
const name = (what: string) => `${what}-${randomUUID()}`

defineTest('a record is read exactly as it was written', async (t, { here: { artifacts }, there }) => {
  const payload = {
    jti: name('token'),
    empty: [],
    nothing: {},
    nested: { list: [[], {}, [null]], gone: null },
    words: 'Ünïcødé 🔑 \u0000 \ud800 \u2028 "quoted" \\ ? ?? $1 \'single\' {brace} new\nline',
    'key\n{odd}': ['\n{'],
    large: 9_007_199_254_740_991,
    huge: 1.7976931348623157e308,
    tiny: 5e-324,
    fraction: 0.1,
    no: false,
  }
  t.true(await artifacts.commit([put('AccessToken', payload.jti, payload)]))
  const found = await there.artifacts.get('AccessToken', payload.jti)
  t.deepEqual(found, { ...payload, kind: 'AccessToken' })
  t.deepEqual(Object.keys(found ?? {}).slice(0, 3), ['jti', 'kind', 'empty'])
})

defineTest(
  'records of different kinds are separate, and an unknown ID is not found',
  async (t, { here: { artifacts } }) => {
    const id = name('one')
    await artifacts.commit([put('Interaction', id, {})])
    t.is(await artifacts.get('AccessToken', id), undefined)
    t.is(await artifacts.get('Interaction', name('other')), undefined)
    t.is(await artifacts.byUid('Session', name('uid')), undefined)
    t.deepEqual(await artifacts.getWithGrant('AccessToken', name('other')), {})
    t.deepEqual(await artifacts.byGrant(name('grant')), [])
    t.deepEqual(await artifacts.byAccount('Session', name('account')), [])
  },
)

defineTest('a put replaces the record and its links', async (t, { here: { artifacts } }) => {
  const [id, first, second] = [name('session'), name('account'), name('account')]
  await artifacts.commit([put('Session', id, { uid: `${id}-1`, accountId: first, state: { a: 1 } })])
  await artifacts.commit([put('Session', id, { uid: `${id}-2`, accountId: second })])
  t.deepEqual(await artifacts.get('Session', id), { jti: id, kind: 'Session', uid: `${id}-2`, accountId: second })
  t.is(await artifacts.byUid('Session', `${id}-1`), undefined)
  t.deepEqual(await artifacts.byAccount('Session', first), [])
  await artifacts.dropAccount(first)
  t.truthy(await artifacts.get('Session', id))
})

defineTest('an expired record is not found', async (t, { here: { artifacts, dump } }) => {
  const [id, account] = [name('short'), name('account')]
  await artifacts.commit([grant(`${id}-grant`, account)])
  await artifacts.commit([
    put('Session', id, { uid: `${id}-uid`, accountId: account }, 3),
    put('AuthorizationCode', id, { grantId: `${id}-grant` }, 3),
    put('Grant', `${id}-brief`, { accountId: account }, 0.5),
  ])
  t.truthy(await artifacts.get('Session', id))
  t.true(await eventually(async () => (await artifacts.get('Session', id)) === undefined))
  t.is(await artifacts.byUid('Session', `${id}-uid`), undefined)
  t.deepEqual(await artifacts.byGrant(`${id}-grant`), [])
  t.deepEqual(await artifacts.byAccount('Session', account), [])
  t.is((await artifacts.byAccount('Grant', account)).length, 1)
  t.false(await artifacts.commit([consume('AuthorizationCode', id)]))
  t.false(await artifacts.commit([put('AccessToken', id, { grantId: `${id}-brief` })]))
  t.true(await artifacts.putIfAbsent('AuthorizationCode', id, {}, TTL))
  if (artifacts.sweep) t.true((await artifacts.sweep()) >= 2)
  t.false((await dump()).some(line => line.includes(`${id}-uid`)))
})

defineTest(
  'a consumed record stays readable and says when it was consumed',
  async (t, { here: { artifacts }, there }) => {
    const id = name('code')
    await artifacts.commit([put('AuthorizationCode', id, { empty: [], exp: 1 })])
    t.true(await artifacts.commit([consume('AuthorizationCode', id)]))
    const expected = { jti: id, kind: 'AuthorizationCode', empty: [], exp: 1, consumed: at }
    t.deepEqual(await there.artifacts.get('AuthorizationCode', id), expected)
    t.deepEqual((await artifacts.getWithGrant('AuthorizationCode', id)).record, expected)
    t.false(await artifacts.commit([consume('AuthorizationCode', id)]))
    t.false(await artifacts.commit([consume('AuthorizationCode', name('never'))]))
    await artifacts.commit([put('AuthorizationCode', id, expected)])
    t.false(await artifacts.commit([consume('AuthorizationCode', id)]))
  },
)

defineTest('consumption keeps the expiry', async (t, { here: { artifacts } }) => {
  const id = name('code')
  await artifacts.commit([put('AuthorizationCode', id, {}, 3)])
  t.true(await artifacts.commit([consume('AuthorizationCode', id)]))
  t.true(await eventually(async () => (await artifacts.get('AuthorizationCode', id)) === undefined))
})

defineTest('of fifty concurrent consumes of a record one succeeds', async (t, { here, there, shared }) => {
  for (let round = 0; round < 10; round += 1) {
    const id = name('code')
    const grantId = name('grant')
    await here.artifacts.commit([grant(grantId, name('account')), put('AuthorizationCode', id, { grantId })])
    const results = await Promise.all(
      Array.from({ length: PARALLEL }, (_, i) =>
        (i % 2 ? here : there).artifacts.commit([
          consume('AuthorizationCode', id),
          put('AccessToken', `${id}-${i}`, { grantId }),
        ]),
      ),
    )
    t.is(results.filter(Boolean).length, 1)
    const issued = await here.artifacts.byGrant(grantId)
    t.is(issued.filter(({ kind }) => kind === 'AccessToken').length, 1)
  }
  if (shared.elsewhere === null) return
  const id = name('code')
  const where = shared.elsewhere
  await here.artifacts.commit([put('AuthorizationCode', id, {})])
  const half = PARALLEL / 2
  const wins = await Promise.all([1, 2].map(() => winsElsewhere(where, 'AuthorizationCode', id, half)))
  t.is(wins[0]! + wins[1]!, 1)
})

defineTest('a commit that is refused changes nothing', async (t, { here: { artifacts, dump } }) => {
  const id = name('code')
  await artifacts.commit([
    put('AuthorizationCode', id, {}),
    put('RefreshToken', id, {}),
    put('Interaction', id, { old: true }),
    put('Session', id, { uid: `${id}-uid` }),
  ])
  t.true(await artifacts.commit([consume('RefreshToken', id)]))
  const before = (await dump()).sort()
  const rest: Change[] = [put('Interaction', id, { new: true }), put('AccessToken', id, {}), drop('Session', id)]
  t.false(await artifacts.commit([consume('AuthorizationCode', id), consume('RefreshToken', id), ...rest]))
  t.false(await artifacts.commit([...rest, consume('AuthorizationCode', id), consume('AuthorizationCode', name('no'))]))
  const orphan = put('AccessToken', `${id}-orphan`, { grantId: name('never') })
  t.false(await artifacts.commit([consume('AuthorizationCode', id), ...rest, orphan]))
  const gone = [replace('Session', name('gone'), { uid: name('gone') }), take('Session', name('gone'))]
  for (const one of gone) t.false(await artifacts.commit([consume('AuthorizationCode', id), ...rest, one]))
  t.deepEqual((await dump()).sort(), before)
  t.true(await artifacts.commit([consume('AuthorizationCode', id), ...rest]))
})

defineTest('ifPresent replaces or drops a record only while it exists', async (t, { here: { artifacts }, there }) => {
  const [id, uid, accountId] = [name('session'), name('uid'), name('account')]
  const session = { uid, accountId }
  t.false(await artifacts.commit([replace('Session', id, session)]))
  t.false(await artifacts.commit([take('Session', id)]))
  t.is(await artifacts.get('Session', id), undefined)
  t.is(await artifacts.byUid('Session', uid), undefined)
  t.deepEqual(await artifacts.byAccount('Session', accountId), [])

  await artifacts.commit([put('Session', id, session)])
  t.true(await artifacts.commit([replace('Session', id, { ...session, loginTs: 1 })]))
  t.is((await there.artifacts.byUid('Session', uid))?.loginTs, 1)
  t.true(await artifacts.commit([take('Session', id), put('Session', `${id}-new`, session)]))
  t.is(await artifacts.get('Session', id), undefined)
  t.deepEqual(await artifacts.byUid('Session', uid), { kind: 'Session', ...session })
  t.false(await artifacts.commit([replace('Session', id, session)]))
  t.false(await artifacts.commit([take('Session', id)]))
  t.deepEqual(await artifacts.byUid('Session', uid), { kind: 'Session', ...session })
})

defineTest('ifPresent does not replace an expired record', async (t, { here: { artifacts } }) => {
  const id = name('short')
  await artifacts.commit([put('Session', id, { uid: id }, 1), put('Grant', id, {}, 1)])
  for (const kind of ['Session', 'Grant'])
    t.true(await eventually(async () => (await artifacts.get(kind, id)) === undefined))
  t.false(await artifacts.commit([replace('Session', id, { uid: id })]))
  t.false(await artifacts.commit([replace('Grant', id, {}), put('AccessToken', id, { grantId: id })]))
  t.false(await artifacts.commit([take('Session', id)]))
  t.is(await artifacts.byUid('Session', id), undefined)
  t.is(await artifacts.get('AccessToken', id), undefined)
})

defineTest('of concurrent drops with ifPresent one succeeds', async (t, { here, there }) => {
  for (let round = 0; round < 10; round += 1) {
    const [id, uid, accountId] = [name('session'), name('uid'), name('account')]
    await here.artifacts.commit([put('Session', id, { uid, accountId })])
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? here : there).artifacts.commit([
          take('Session', id),
          put('Session', `${id}-${i}`, { uid, accountId, loginTs: i }),
        ]),
      ),
    )
    t.is(results.filter(Boolean).length, 1)
    t.is((await here.artifacts.byUid('Session', uid))?.loginTs, results.indexOf(true))
    t.is((await here.artifacts.byAccount('Session', accountId)).length, 1)
  }
})

defineTest('a session that is dropped while others write it back stays dropped', async (t, { here, there }) => {
  for (let round = 0; round < 10; round += 1) {
    const [id, uid, accountId, grantId] = [name('session'), name('uid'), name('account'), name('grant')]
    const session = { uid, accountId }
    await here.artifacts.commit([put('Session', id, session), grant(grantId, accountId)])
    const writers = Array.from({ length: 20 }, async (_, i) => {
      const { artifacts } = i % 2 ? here : there
      const written = await artifacts.commit([
        replace('Session', id, { ...session, loginTs: i }),
        put('AuthorizationCode', `${id}-${i}`, { grantId }),
      ])
      const code = await artifacts.get('AuthorizationCode', `${id}-${i}`)
      t.is(code !== undefined, written, 'a refused commit writes nothing')
    })
    const dropped = sleep(round % 3).then(() => there.artifacts.commit([drop('Session', id)]))
    await Promise.all([...writers, dropped])
    t.is(await here.artifacts.get('Session', id), undefined)
    t.is(await here.artifacts.byUid('Session', uid), undefined)
    t.deepEqual(await here.artifacts.byAccount('Session', accountId), [])
  }
})

defineTest('a commit makes all its changes', async (t, { here: { artifacts } }) => {
  const [id, grantId, accountId] = [name('all'), name('grant'), name('account')]
  await artifacts.commit([put('Session', id, { uid: `${id}-uid`, accountId }), put('AuthorizationCode', id, {})])
  t.true(
    await artifacts.commit([
      consume('AuthorizationCode', id),
      put('AccessToken', id, { grantId }),
      grant(grantId, accountId),
      put('Session', `${id}-new`, { uid: `${id}-uid`, accountId }),
      drop('Session', id),
    ]),
  )
  t.is((await artifacts.get('AuthorizationCode', id))?.consumed, at)
  t.is((await artifacts.getWithGrant('AccessToken', id)).grant?.jti, grantId)
  t.is(await artifacts.get('Session', id), undefined)
  t.is((await artifacts.byUid('Session', `${id}-uid`))?.accountId, accountId)
  t.true(await artifacts.commit([]))
})

defineTest('a record is read with its grant, and alone once the grant is gone', async (t, { here: { artifacts } }) => {
  const [id, grantId, accountId] = [name('code'), name('grant'), name('account')]
  await artifacts.commit([grant(grantId, accountId), put('AuthorizationCode', id, { grantId })])
  const record = { jti: id, kind: 'AuthorizationCode', grantId }
  const found = { jti: grantId, kind: 'Grant', accountId, clientId: 'shop' }
  t.deepEqual(await artifacts.getWithGrant('AuthorizationCode', id), { record, grant: found })
  await artifacts.commit([drop('Grant', grantId)])
  t.deepEqual(await artifacts.getWithGrant('AuthorizationCode', id), { record })
  t.false(await artifacts.commit([put('AccessToken', id, { grantId })]))
})

defineTest('no record can be put under a dropped grant', async (t, { here, there }) => {
  for (let round = 0; round < 10; round += 1) {
    const [id, grantId] = [name('token'), name('grant')]
    await here.artifacts.commit([grant(grantId, name('account')), put('RefreshToken', id, { grantId })])
    const puts = Array.from({ length: 10 }, (_, i) =>
      there.artifacts.commit([consume('RefreshToken', id), put('AccessToken', `${id}-${i}`, { grantId })]),
    )
    const more = Array.from({ length: 10 }, (_, i) =>
      there.artifacts.commit([put('AccessToken', `${id}-more-${i}`, { grantId })]),
    )
    await Promise.all([...puts, here.artifacts.dropGrant(grantId), ...more])
    t.false(await here.artifacts.commit([put('AccessToken', id, { grantId })]))
    t.deepEqual(await here.artifacts.byGrant(grantId), [])
    const ids = Array.from({ length: 10 }, (_, i) => [`${id}-${i}`, `${id}-more-${i}`]).flat()
    const left = await Promise.all([id, ...ids].map(one => here.artifacts.get('AccessToken', one)))
    t.deepEqual(left.filter(Boolean), [])
  }
})

defineTest(
  'dropping a grant removes everything under it and nothing else',
  async (t, { here: { artifacts, dump } }) => {
    const [mine, other, accountId] = [name('grant'), name('grant'), name('account')]
    await artifacts.commit([grant(other, accountId), put('RefreshToken', other, { grantId: other })])
    await artifacts.commit([
      put('Interaction', other, { grantId: mine }),
      put('Session', other, { uid: other, accountId }),
    ])
    const before = (await dump()).sort()
    await artifacts.commit([grant(mine, accountId)])
    await artifacts.commit([
      put('AuthorizationCode', mine, { grantId: mine }),
      put('RefreshToken', mine, { grantId: mine }),
      put('AccessToken', mine, { grantId: mine }),
    ])
    t.deepEqual((await artifacts.byGrant(mine)).map(({ kind }) => kind).sort(), [
      'AccessToken',
      'AuthorizationCode',
      'RefreshToken',
    ])
    await artifacts.commit([drop('AccessToken', mine), consume('AuthorizationCode', mine)])
    await artifacts.dropGrant(mine)
    t.deepEqual((await dump()).sort(), before)
    await artifacts.dropGrant(mine)
    t.deepEqual((await dump()).sort(), before)
  },
)

defineTest(
  'dropping an account removes its sessions and grants with everything under them',
  async (t, { here: { artifacts, dump } }) => {
    const [mine, other] = [name('account'), name('account')]
    await artifacts.commit([put('Session', other, { uid: other, accountId: other }), grant(other, other)])
    const before = (await dump()).sort()
    for (const number of [1, 2]) {
      const id = `${mine}-${number}`
      await artifacts.commit([grant(id, mine), put('Session', id, { uid: id, accountId: mine })])
      await artifacts.commit([put('RefreshToken', id, { grantId: id }), put('AccessToken', id, { grantId: id })])
    }
    await artifacts.commit([drop('Session', `${mine}-2`)])
    await artifacts.dropAccount(mine)
    t.deepEqual((await dump()).sort(), before)
  },
)

defineTest(
  "an account's records are listed newest first, and a listed one can be dropped",
  async (t, { here: { artifacts } }) => {
    const accountId = name('account')
    for (const loginTs of [100, 300, 200]) {
      await artifacts.commit([put('Session', name('session'), { uid: name('uid'), accountId, loginTs })])
    }
    await artifacts.commit([grant(`${accountId}-grant`, accountId)])
    const sessions = await artifacts.byAccount('Session', accountId)
    t.deepEqual(
      sessions.map(({ payload }) => payload.loginTs),
      [300, 200, 100],
    )
    const { kind, key, payload } = sessions[1]!
    t.is(await artifacts.get('Session', key), undefined)
    t.true(await artifacts.commit([{ do: 'drop', kind, key }]))
    t.is(await artifacts.byUid('Session', payload.uid!), undefined)
    t.is((await artifacts.byAccount('Session', accountId)).length, 2)
    const [listed] = await artifacts.byAccount('Grant', accountId)
    t.is(listed?.payload.jti, `${accountId}-grant`)
    t.true(await artifacts.commit([{ do: 'drop', kind: 'Grant', key: listed!.key }]))
    t.is(await artifacts.get('Grant', `${accountId}-grant`), undefined)
  },
)

defineTest('a session that changed its ID is found under the new one only', async (t, { here: { artifacts } }) => {
  const [old, fresh, uid, accountId] = [name('old'), name('new'), name('uid'), name('account')]
  await artifacts.commit([put('Session', old, { uid, accountId })])
  await artifacts.commit([put('Session', fresh, { uid, accountId, loginTs: 1 })])
  await artifacts.commit([drop('Session', old)])
  t.is(await artifacts.get('Session', old), undefined)
  t.is((await artifacts.byUid('Session', uid))?.loginTs, 1)
  t.is((await artifacts.byAccount('Session', accountId)).length, 1)
  await artifacts.commit([drop('Session', fresh)])
  t.is(await artifacts.byUid('Session', uid), undefined)
})

defineTest('of concurrent putIfAbsent calls one succeeds', async (t, { here, there }) => {
  const id = name('jti')
  const results = await Promise.all(
    Array.from({ length: PARALLEL }, (_, i) =>
      (i % 2 ? here : there).artifacts.putIfAbsent('ReplayDetection', id, { iss: `${i}` }, TTL),
    ),
  )
  t.is(results.filter(Boolean).length, 1)
  t.is((await here.artifacts.get('ReplayDetection', id))?.iss, `${results.indexOf(true)}`)
})

defineTest('a dump contains no usable ID', async (t, { here: { artifacts, dump } }) => {
  const [secret, uid, grantId] = [name('secret'), name('uid'), name('grant')]
  await artifacts.commit([
    grant(grantId, name('account')),
    put('Session', `${secret}-1`, { uid, accountId: name('account') }),
    put('AuthorizationCode', `${secret}-2`, { grantId }),
    put('RefreshToken', `${secret}-3`, { grantId }),
    put('ClientCredentials', `${secret}-4`, {}),
    put('PushedAuthorizationRequest', `${secret}-5`, {}),
  ])
  await artifacts.putIfAbsent('ReplayDetection', `${secret}-6`, { jti: `${secret}-6` }, TTL)
  t.false((await dump()).some(line => line.includes(secret)))
  t.is((await artifacts.byUid('Session', uid))?.jti, undefined)
  t.true((await artifacts.byGrant(grantId)).every(({ payload }) => !('jti' in payload)))
})

defineTest('the probe succeeds', async (t, { here: { artifacts } }) => {
  await t.notThrowsAsync(artifacts.probe())
})

for (const subject of subjects) {
  const opened = subject
    .create()
    .then(async shared => ({ shared, here: await shared.open(), there: await shared.open() }))
  for (const [title, run] of tests) {
    // Serial for each store, since several tests compare its whole content.
    test.serial(`${subject.name}: ${title}`, async t => run(t, await opened))
  }
  test.after.always(async () => {
    const { shared, here, there } = await opened
    await Promise.all([here.close(), there.close()])
    await shared.remove()
  })
}

test.before(t => t.log(`on ${subjects.map(subject => subject.name).join(', ')}`))
