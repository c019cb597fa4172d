import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { Serving } from '../support/command.ts'
import { freePort } from '../support/programs.ts'
import { copyPglite, freshDatabase, freshRedis, SECRET_KEYS, servers } from '../support/servers.ts'

type Owner = Pick<ExecutionContext, 'teardown'>

/**
 * The environment of a start without configuration: only free ports, and in a run on servers also their addresses.
 * @param firstStart whether the start also makes and migrates the database, which takes seconds
 */
export async function newcomer(t: Owner, { firstStart = false } = {}): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-newcomer-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const dataDir = join(folder, 'data')
  const shares = servers() && (await Promise.all([freshDatabase({ empty: firstStart }), freshRedis()]))
  for (const share of shares ?? []) t.teardown(() => share.drop())
  if (!shares && !firstStart) await copyPglite(dataDir)
  return {
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    DEMO_PORT: String(await freePort()),
    ...(shares && { DATABASE_URL: shares[0].url, REDIS_URL: shares[1].url, SECRET_KEYS }),
  }
}

export interface Started {
  serving: Serving
  /** What is printed: the provider, the demo, and the link that makes the first superuser while there is none. */
  url: string
  demo: string
  setup: string | null
}

export async function npmStart(
  t: Owner,
  env: Record<string, string>,
  options: readonly string[] = [],
): Promise<Started> {
  const serving = new Serving(env, options)
  t.teardown(async () => void (await serving.stop('SIGKILL')))
  await serving.printed(/Ctrl-C to stop/)
  const [url, demo] = [await serving.printed(/Provider\s+(\S+)/), await serving.printed(/Demo\s+(\S+)/)]
  return { serving, url, demo, setup: /First run\s+(\S+)/.exec(serving.output)?.[1] ?? null }
}
