import type { App } from '../../src/app.ts'
import type { RequestReport } from '../../src/requests/request-reports.ts'
import { commandsFor } from '../cli/command-line.ts'
import { waitFor } from './wait-for.ts'

export interface Explained extends Omit<RequestReport, 'refusal'> {
  refusal: NonNullable<RequestReport['refusal']>
  /** What the command prints for people. */
  text: string
}

/** What `gatehouse why` says about a refused request, which is kept a moment after its answer. */
export async function why({ app }: { app: App }, { headers }: { headers: Headers }): Promise<Explained> {
  const id = headers.get('x-request-id') ?? ''
  const { run } = commandsFor(app)
  const report = await waitFor(async () => {
    const { code, out } = await run(`why ${id} --json`)
    const found = code === 0 ? (JSON.parse(out) as RequestReport) : null
    return found?.refusal ? (found as Explained) : null
  })
  const { out: text } = await run(`why ${id}`)
  return { ...report, text }
}
