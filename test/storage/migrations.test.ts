import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import test from 'ava'
import { migrations } from '../../migrations/all.ts'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { digest } from '../../src/base/secrets.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { freshDatabase, freshRedis, SECRET_KEYS, servers } from '../support/servers.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const names = migrations.map(({ name }) => name)

/** Reverts this migration and all later ones. */
async function revertTo(name: string): Promise<void> {
  while (!(await app.migrations.status()).pending.includes(name)) await app.migrations.down()
}

/** The complete schema, as the database describes it. */
async function schema({ em }: App): Promise<Record<string, unknown[]>> {
  const parts = {
    // In order but without numbers, since the numbers of dropped columns are not reused.
    columns: `select table_name, column_name, data_type, udt_name, is_nullable, column_default
      from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position`,
    constraints: `select conrelid::regclass::text as of, conname, pg_get_constraintdef(oid) as definition
      from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`,
    indexes: `select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1`,
    triggers: `select tgrelid::regclass::text as of, tgname, pg_get_triggerdef(oid) as definition
      from pg_trigger where not tgisinternal order by 1, 2`,
    functions: `select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e') order by 1`,
  }
  const read = Object.entries(parts).map(async ([part, sql]) => [part, await em.fork().execute(sql)] as const)
  return Object.fromEntries(await Promise.all(read))
}

test.serial('a process applies all migrations when it starts, and applying them again does nothing', async t => {
  const { applied, pending } = await app.migrations.status()
  t.deepEqual(
    applied.map(({ name }) => name),
    names,
  )
  t.deepEqual(pending, [])
  t.deepEqual(await app.migrations.up(), [])
})

test.serial('0002: clients keep the strictness that they were registered with, in both directions', async t => {
  const rest = `'X', 'web', '{}', '{}', '{authorization_code,refresh_token}', '{openid}', 'client_secret_basic', 'ES256'`
  const insert = (id: string, pkce: boolean) =>
    app.em.fork().execute(`
      insert into client (id, name, profile, redirect_uris, post_logout_redirect_uris, grant_types, scopes,
        token_endpoint_auth_method, id_token_alg, pkce_required, first_party, created_at)
      values ('${id}', ${rest}, ${pkce}, false, now())`)
  await revertTo('0002-client-flows')
  await insert('strict', true)
  await insert('lax', false)
  t.deepEqual((await app.migrations.up())[0], '0002-client-flows')
  for (const [id, pkce] of [
    ['strict', 'required'],
    ['lax', 'off'],
  ] as const) {
    const client = await app.scope(() => app.clients.find(id))
    t.like(client.summary(), { pkce, responseTypes: ['code'], rolesClaim: 'roles', idTokenAlg: 'ES256' })
  }
  await revertTo('0002-client-flows')
  const rows = await app.em.fork().execute('select id, pkce_required from client order by id')
  t.deepEqual(rows, [
    { id: 'lax', pkce_required: false },
    { id: 'strict', pkce_required: true },
  ])
  await app.em.fork().execute('delete from client')
  await app.migrations.up()
})

test.serial('0003: an earlier release does not keep clients that registered themselves', async t => {
  const insert = (id: string, by: string) =>
    app.em.fork().execute(`
      insert into client (id, name, profile, redirect_uris, post_logout_redirect_uris, grant_types, scopes, pkce,
        response_types, roles_claim, token_endpoint_auth_method, id_token_alg, first_party, created_at, registered_by)
      values ('${id}', 'X', 'web', '{}', '{}', '{}', '{}', 'nonce', '{}', 'roles', 'none', 'RS256', false, now(), '${by}')`)
  await insert('ours', 'operator')
  await insert('self', 'open')
  await revertTo('0003-self-registration')
  await app.migrations.up()
  const clients = await app.scope(() => app.clients.list())
  t.deepEqual(
    clients.map(({ id, registeredBy }) => [id, registeredBy]),
    [['ours', 'operator']],
  )
  await app.em.fork().execute('delete from client')
})

test.serial('0004: an earlier release does not open what a role or an end closes', async t => {
  const sql = (statement: string) => app.em.fork().execute(statement)
  const client = `'limited', 'X', 'web', '{}', '{}', '{}', '{}', 'nonce', '{}', 'roles', 'none', 'RS256', false, now()`
  await sql(`
    insert into client (id, name, profile, redirect_uris, post_logout_redirect_uris, grant_types, scopes, pkce,
      response_types, roles_claim, token_endpoint_auth_method, id_token_alg, first_party, created_at, allowed_roles)
    values (${client}, '{admin}')`)
  const revert = () => revertTo('0004-roles-and-access')
  await t.throwsAsync(revert, { message: /remove these limits first/ })
  await sql(`update client set allowed_roles = '{}'`)
  await t.notThrowsAsync(revert)
  await app.migrations.up()
  await sql('delete from client')
})

test.serial(
  '0005: clients of the release before have no claims of their own, also those that it still registers',
  async t => {
    const insert = (id: string) =>
      app.em.fork().execute(`
      insert into client (id, name, profile, redirect_uris, post_logout_redirect_uris, grant_types, scopes, pkce,
        response_types, roles_claim, token_endpoint_auth_method, id_token_alg, first_party, created_at)
      values ('${id}', 'X', 'web', '{}', '{}', '{}', '{}', 'nonce', '{}', 'groups', 'none', 'RS256', false, now())`)
    await revertTo('0005-client-claims')
    await insert('before')
    await app.migrations.up()
    await insert('meanwhile')
    const clients = await app.scope(() => app.clients.list())
    t.deepEqual(
      clients.map(({ id, claims, rolesClaim }) => [id, claims, rolesClaim]),
      [
        ['before', [], 'groups'],
        ['meanwhile', [], 'groups'],
      ],
    )
    await app.em.fork().execute('delete from client')
  },
)

test.serial(
  '0005: an earlier release does not send claims that a client leaves out or has in another form',
  async t => {
    const sql = (statement: string) => app.em.fork().execute(statement)
    const client = `'mapped', 'X', 'web', '{}', '{}', '{}', '{}', 'nonce', '{}', 'roles', 'none', 'RS256', false, now()`
    await sql(`
    insert into client (id, name, profile, redirect_uris, post_logout_redirect_uris, grant_types, scopes, pkce,
      response_types, roles_claim, token_endpoint_auth_method, id_token_alg, first_party, created_at, claims)
    values (${client}, '[{"claim":"email","from":null}]')`)
    const revert = () => revertTo('0005-client-claims')
    await t.throwsAsync(revert, { message: /remove them first/ })
    const [kept] = await sql('select claims from client')
    t.deepEqual(kept, { claims: [{ claim: 'email', from: null }] })
    await sql(`update client set claims = '[]'`)
    await t.notThrowsAsync(revert)
    await app.migrations.up()
    await sql('delete from client')
  },
)

test.serial('0008: clients keep their secret, and one of the release before that still runs works on', async t => {
  const sql = <Row extends object>(statement: string) => app.em.fork().execute<Row[]>(statement)
  const insert = (id: string, method: string, hash: string) =>
    sql(`
      insert into client (id, name, profile, redirect_uris, post_logout_redirect_uris, grant_types, scopes, pkce,
        response_types, roles_claim, token_endpoint_auth_method, id_token_alg, first_party, created_at, secret_digest)
      values ('${id}', 'X', 'web', '{}', '{}', '{}', '{}', 'nonce', '{}', 'roles', '${method}', 'RS256', false,
        '2026-01-02T03:04:05Z', ${hash})`)
  const revert = () => revertTo('0008-client-secrets')
  const find = (id: string) => app.scope(() => app.clients.find(id))
  const stored = async (id: string) => (await sql(`select secret_digest from client where id = '${id}'`))[0]
  const knows = async (id: string, ...secrets: string[]) => {
    const client = await find(id)
    return secrets.map(secret => client.hasSecret(secret, new Date()))
  }
  const of = (secret: string) => `'${digest(secret)}'`

  await revert()
  await insert('kept', 'client_secret_basic', of('old'))
  await insert('rotated', 'client_secret_post', of('old'))
  await insert('public', 'none', 'null')
  const rotatedAt = '2026-05-06T07:08:09.000Z'
  for (const [id, at] of [
    [randomUUID(), '2026-03-01T00:00:00Z'],
    [randomUUID(), rotatedAt],
  ])
    await sql(`
      insert into audit_event (id, kind, success, actor_kind, target, at)
      values ('${id}', 'client.secret-rotated', true, 'operator', 'rotated', '${at}')`)
  await app.migrations.up()
  t.like((await find('kept')).secrets, [
    { digest: digest('old'), createdAt: '2026-01-02T03:04:05.000Z', expiresAt: null },
  ])
  t.like((await find('rotated')).secrets, [{ digest: digest('old'), createdAt: rotatedAt }])
  t.deepEqual((await find('public')).secrets, [])
  t.deepEqual(await knows('kept', 'old', 'new', digest('old')), [true, false, false])
  const [one, other] = [(await find('kept')).secrets[0]!.id, (await find('rotated')).secrets[0]!.id]
  for (const id of [one, other]) t.regex(id, /^[0-9a-f]{8}$/)
  t.not(one, other)

  // What a process of the release before registers, rotates and reads.
  await insert('meanwhile', 'client_secret_basic', of('its own'))
  await sql(`update client set secret_digest = ${of('new')} where id = 'kept'`)
  await sql(`update client set name = 'Y' where id = 'rotated'`)
  t.deepEqual(await knows('meanwhile', 'its own'), [true])
  t.deepEqual(await knows('kept', 'old', 'new'), [false, true])
  const { secret } = await app.scope(() =>
    app.clients.rotateSecret('rotated', { by: operator, keepOldUntil: new Date(Date.now() + 60_000) }),
  )
  t.deepEqual(await knows('rotated', 'old', secret), [true, true])
  t.deepEqual(await stored('rotated'), { secret_digest: digest(secret) })

  await revert()
  t.deepEqual(await stored('rotated'), { secret_digest: digest(secret) }, 'the newest one')
  t.deepEqual(await stored('kept'), { secret_digest: digest('new') })
  t.deepEqual(await stored('public'), { secret_digest: null })
  await app.migrations.up()
  await sql('delete from client')
  await sql('delete from audit_event')
})

test.serial('0008: an earlier release accepts no secret that has expired, and none for longer than it may', async t => {
  const sql = (statement: string) => app.em.fork().execute(statement)
  const soon = new Date(Date.now() + 3_600_000)
  const { client } = await app.scope(async () => {
    const machine = { id: 'ending', name: 'X', profile: 'machine' } as const
    const registered = await app.clients.register(machine, { by: operator })
    await app.clients.addSecret('ending', { by: operator, expiresAt: soon })
    return registered
  })
  const revert = () => revertTo('0008-client-secrets')
  await t.throwsAsync(revert, { message: /has an end.*rotate these secrets first/ })
  t.is((await app.scope(() => app.clients.secrets(client.id))).length, 2, 'nothing has changed')

  const end = (secret: number, at: string) =>
    sql(`update client set secrets = jsonb_set(secrets, '{${secret},expiresAt}', '"${at}"')`)
  const before = client.secrets[0]!.digest
  await end(1, '2026-01-01T00:00:00.000Z')
  await revert()
  t.deepEqual(
    await sql('select secret_digest from client'),
    [{ secret_digest: before }],
    'the newest that has not expired',
  )
  await app.migrations.up()
  await end(0, '2026-01-01T00:00:00.000Z')
  await revert()
  t.deepEqual(await sql('select secret_digest from client'), [{ secret_digest: 'expired' }])
  await app.migrations.up()
  await sql('delete from client')
})

test.serial('0009: an earlier release has no deliveries of webhooks, nor jobs for them', async t => {
  const by = { by: operator }
  await app.scope(() => app.webhooks.register({ url: 'https://x.example.com/', kinds: ['*'], enabled: true }, by))
  await app.scope(() => app.audit.write('account.unlocked', { ...by, subject: randomUUID() }))
  const jobs = () => app.em.fork().execute("select id from queue.job where name = 'webhook' and state < 'active'")
  t.true((await app.em.fork().execute('select id from webhook_delivery')).length > 0)
  await revertTo('0009-webhooks')
  t.deepEqual(await jobs(), [])
  await app.migrations.up()
  t.deepEqual(await app.scope(() => app.webhooks.list()), [])
})

test.serial('every migration can be reverted, and migrating again gives the same schema', async t => {
  const before = await schema(app)
  t.true(before.columns!.length > 50 && before.triggers!.length > 0)
  for (const name of names.toReversed()) {
    t.deepEqual(await app.migrations.down(), [name])
    t.true((await app.migrations.status()).pending.includes(name))
  }
  t.deepEqual(await app.migrations.down(), [])
  const empty = await schema(app)
  t.deepEqual([...new Set(empty.columns!.map(column => (column as { table_name: string }).table_name))], ['migration'])
  t.deepEqual([empty.triggers, empty.functions], [[], []])

  t.deepEqual(await app.migrations.up(), names)
  t.deepEqual(await schema(app), before)
  t.deepEqual(
    (await app.scope(() => app.roles.list())).map(({ name }) => name),
    ['admin', 'subscriber', 'superuser'],
  )
})

if (servers()) {
  test.serial(
    'three processes that start at once on an empty database migrate it once and share their keys',
    async t => {
      const [database, redis] = await Promise.all([freshDatabase({ empty: true }), freshRedis()])
      t.teardown(() => Promise.all([database.drop(), redis.drop()]))
      const env = {
        ...process.env,
        NODE_ENV: 'test',
        LOG_LEVEL: 'silent',
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        SECRET_KEYS,
        PASSWORD_HASHING: 'm=64,t=1,p=1',
      }
      const found = await Promise.all(
        [1, 2, 3].map(async () => {
          const worker = fork(new URL('start-worker.ts', import.meta.url), { env })
          const reported = once(worker, 'message')
          const [code] = await once(worker, 'exit')
          t.is(code, 0)
          return (await reported)[0]
        }),
      )
      for (const each of found) t.deepEqual(each, { applied: names, pending: [], keys: found[0].keys })
      t.is(found[0].keys.length, 4)
    },
  )

  test.serial('of several processes that migrate an old database at once, one applies each migration', async t => {
    const before = await schema(app)
    const others = await Promise.all([gatehouse.another(), gatehouse.another()])
    await app.migrations.down()
    const done = await Promise.all([app, ...others.map(other => other.app)].map(app => app.migrations.up()))
    t.deepEqual(done.flat(), names.slice(-1))
    t.deepEqual(await schema(app), before)
  })
}
