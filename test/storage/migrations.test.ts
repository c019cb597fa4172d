import { fork } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { migrations } from '../../migrations/all.ts'
import type { App } from '../../src/app.ts'
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
