import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/programs.ts'
import { copyPglite, freshDatabase, freshRedis, SECRET_KEYS, servers } from '../support/servers.ts'

/** Where an installation keeps its data: the storage of this run, as environment variables. */
export async function installation() {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-served-'))
  const shares = servers() ? await Promise.all([freshDatabase(), freshRedis()]) : null
  if (!shares) await copyPglite(dataDir)
  const env: Record<string, string> = {
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    DEMO_PORT: 'off',
    LOG_LEVEL: 'warn',
    PASSWORD_HASHING: 'm=64,t=1,p=1',
    PORT: String(await freePort()),
    ...(shares && {
      DATABASE_URL: shares[0].url,
      REDIS_URL: shares[1].url,
      SECRET_KEYS,
    }),
  }
  return {
    env,
    async remove() {
      await Promise.all(shares?.map(share => share.drop()) ?? [])
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** `gatehouse serve` in a process of its own, ready for requests. */
export async function serve(env: Record<string, string>) {
  const gatehouse = fileURLToPath(new URL('../../bin/gatehouse.js', import.meta.url))
  const child = spawn(process.execPath, [gatehouse, 'serve'], { env: { ...process.env, ...env }, stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const ended = once(child, 'exit')
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const url = `http://localhost:${env.PORT}`
  const ready = () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok || child.exitCode !== null,
      () => child.exitCode !== null,
    )
  if (!(await eventually(ready)) || child.exitCode !== null) throw new Error(`it did not start:\n${output}`)
  return {
    url,
    child: child as ChildProcess,
    output: () => output,
    /** @returns the exit code, or the signal that ended it */
    async stop(signal: NodeJS.Signals): Promise<number | string> {
      child.kill(signal)
      const [code, by] = await ended
      return code ?? by
    },
  }
}
