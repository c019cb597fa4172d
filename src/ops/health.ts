import type { App } from '../app.ts'

export type Check = 'ok' | 'failed' | 'stopping'

/** Whether this process should be sent requests: the database and the artifacts answer, and there are keys to sign with. */
export class Health {
  readonly #app: App
  #stopping = false

  constructor(app: App) {
    this.#app = app
  }

  /** From now on: not ready. The load balancer looks elsewhere while the last requests are finished. */
  stop(): void {
    this.#stopping = true
  }

  async check(): Promise<{ ready: boolean; checks: Record<string, Check> }> {
    const { database, artifacts, keys, scope } = this.#app
    const [databaseCheck, artifactsCheck, keysCheck] = await Promise.all([
      passes(database.ping()),
      passes(artifacts.ping()),
      passes(
        scope(async () => {
          if (!(await keys.list()).some(key => key.stage === 'current'))
            throw new Error('there is no current signing key')
        }),
      ),
    ])
    const checks: Record<string, Check> = { database: databaseCheck, artifacts: artifactsCheck, keys: keysCheck }
    if (this.#stopping) checks.process = 'stopping'
    return { ready: Object.values(checks).every(check => check === 'ok'), checks }
  }
}

async function passes(work: Promise<unknown>): Promise<Check> {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error('no answer in time')), 3_000).unref(),
  )
  try {
    await Promise.race([work, late])
    return 'ok'
  } catch {
    return 'failed'
  }
}
