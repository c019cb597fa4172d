import { EXIT } from '../exit-codes.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm and a terminal may both deliver one Ctrl-C. */
const SAME_MS = 500

/**
 * Resolves when this process is asked to stop, by Ctrl-C or by whatever started it. Being asked again stops it at once:
 * the databases survive that. A worker is asked by the first process alone, though a terminal tells them all.
 */
export function askedToStop({ worker }: { worker: boolean }): Promise<void> {
  let since: number | null = null
  return new Promise(resolve => {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (worker && signal !== 'SIGTERM') return
        if (since !== null && Date.now() - since > SAME_MS) process.exit(EXIT.interrupted)
        since ??= Date.now()
        resolve()
      })
    }
  })
}
