import test from 'ava'
import { gatehouse } from '../support/command.ts'
import { administer, onDatabase } from '../support/postgres.ts'
import { freePort } from '../support/programs.ts'
import { freshDatabase, servers } from '../support/servers.ts'

const SECRET_KEYS = 'a key for tests alone: 0123456789abcdefghij'

if (servers()) {
  test('F-6 what keeps a server from starting is named, with an exit code that the manual has', async t => {
    const database = await freshDatabase()
    t.teardown(() => database.drop())
    const env = { DATABASE_URL: database.url, SECRET_KEYS, PASSWORD_HASHING: 'm=64,t=1,p=1' }
    const refused = async (args: string[], instead: Record<string, string>, exit: number, said: RegExp) => {
      const { code, stdout, stderr } = await gatehouse(args, { ...env, ...instead })
      t.is(code, exit, stderr)
      t.regex(stderr, said)
      t.notRegex(stdout + stderr, /should not happen|\n +at /)
    }

    const missing = onDatabase(database.url, 'no_such_database')
    await refused(['migrate', 'up'], { DATABASE_URL: missing }, 7, /database "no_such_database" does not exist/)

    t.is((await gatehouse(['keys', 'list'], env)).code, 0)
    await administer(database.url, "insert into migration (name, executed_at) values ('9999-later', now())")
    await refused(['migrate', 'up'], {}, 7, /newer schema than this release knows \(9999-later\)/)
    await administer(database.url, "delete from migration where name in ('9999-later', '0016-readiness')")
    await refused(['migrate', 'up'], {}, 7, /schema of the database is half made \(.*"readiness" already exists\)/)
  })

  test('F-6 keys that SECRET_KEYS lacks are a mistake of the configuration', async t => {
    const database = await freshDatabase()
    t.teardown(() => database.drop())
    const env = { DATABASE_URL: database.url, SECRET_KEYS, PASSWORD_HASHING: 'm=64,t=1,p=1' }
    t.is((await gatehouse(['keys', 'rotate', '--now'], env)).code, 0)
    const { code, stderr } = await gatehouse(['serve', '--port', String(await freePort())], {
      ...env,
      SECRET_KEYS: 'another key for tests alone: 9876543210zyx',
    })
    t.is(code, 6, stderr)
    t.regex(stderr, /sealed with a key that SECRET_KEYS no longer lists\nSECRET_KEYS must list every key/)
    t.notRegex(stderr, /should not happen/)
  })
}
