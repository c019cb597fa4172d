import { EXIT } from '../kit/exit-codes.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm and the terminal may both deliver one Ctrl-C. */
const SAME_MS = 500

/**
 * Resolves when this process is asked to stop. A second signal stops it at once, which does not harm the databases. A worker
 * only obeys the first process, although a terminal signals all of them.
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
