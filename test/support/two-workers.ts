import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/base/config.ts'
import { Serving } from './command.ts'
import { eventually } from './eventually.ts'
import type { Gatehouse } from './gatehouse.ts'
import { freePort } from './programs.ts'
import { SECRET_KEYS } from './servers.ts'

export interface TwoWorkers extends Gatehouse {
  /** The process whose children are the workers. */
  pid: number
}

/** Two workers in processes of their own, and the product in this process, as commands use it. */
export async function startTwoWorkers(
  stores: { databaseUrl: string; redisUrl: string },
  env: Record<string, string> = {},
): Promise<TwoWorkers> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const all = {
    ...{ NODE_ENV: 'test', PUBLIC_URL: url, PORT: String(port), LOG_LEVEL: 'silent', DEMO_PORT: 'off' },
    ...{ DATABASE_URL: stores.databaseUrl, REDIS_URL: stores.redisUrl, SECRET_KEYS },
    ...{
      PASSWORD_HASHING: 'm=64,t=1,p=1',
      EMAIL_VERIFICATION: 'off',
      SECOND_FACTOR_ROLES: 'none',
      PASSKEY_OFFER: 'off',
    },
    ...{ REQUEST_LIMIT_IP: '100000/1m', DATABASE_STATEMENT_TIMEOUT: '60s' },
    ...env,
  }
  const serving = new Serving(all, ['--workers', '2'])
  const isReady = async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok ?? false
  if (!(await eventually(isReady))) throw new Error(`It did not start:\n${serving.output}`)
  const app = await createApp(loadConfig(all))
  return {
    ...{ url, app, pid: serving.pid },
    another: async () => ({ url, app }),
    async stop() {
      await app.close()
      await serving.stop('SIGKILL')
    },
  }
}
