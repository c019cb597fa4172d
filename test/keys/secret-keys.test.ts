import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { loadConfig } from '../../src/base/config.ts'
import { startServer } from '../../src/server.ts'
import { freePort } from '../support/programs.ts'
import { freshDatabase, freshRedis, servers } from '../support/servers.ts'

// One installation that is started several times with different SECRET_KEYS.
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-keys-'))
const shares = servers() ? await Promise.all([freshDatabase({ empty: true }), freshRedis()]) : null
test.after.always(async () => {
  await Promise.all(shares?.map(share => share.drop()) ?? [])
  await rm(dataDir, { recursive: true, force: true })
})

const [first, second, unrelated] = [0, 1, 2].map(() => randomBytes(48).toString('base64'))

async function start(...secretKeys: (string | undefined)[]) {
  const port = await freePort()
  return startServer(
    loadConfig({
      NODE_ENV: 'test',
      PORT: String(port),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      DEMO_PORT: 'off',
      PASSWORD_HASHING: 'm=64,t=1,p=1',
      SECRET_KEYS: secretKeys.join(','),
      ...(shares && { DATABASE_URL: shares[0].url, REDIS_URL: shares[1].url }),
    }),
  )
}

/** The keys as relying parties see them. */
async function published(...secretKeys: (string | undefined)[]): Promise<string[]> {
  const { url, close } = await start(...secretKeys)
  const { keys } = (await (await fetch(`${url}/jwks`)).json()) as { keys: { kid: string }[] }
  await close()
  return keys.map(key => key.kid).sort()
}

test.serial('after a rotation of SECRET_KEYS, data sealed with the older key can still be opened', async t => {
  const before = await published(first)
  t.is(before.length, 4)
  t.deepEqual(await published(second, first), before)
})

test.serial('with the wrong SECRET_KEYS the server does not start and reports the reason', async t => {
  const error = await t.throwsAsync(start(unrelated))
  t.regex(error?.message ?? '', /SECRET_KEYS/)
  t.false(error?.message.includes(unrelated!))
})

test.serial('a start that failed with the wrong SECRET_KEYS changes nothing', async t => {
  t.is((await published(first)).length, 4)
})
