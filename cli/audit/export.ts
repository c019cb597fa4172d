import type { App } from '../../src/app.ts'
import type { Filter } from '../../src/audit/audit-log.ts'
import { exportRecord } from '../../src/audit/export-record.ts'
import { listed } from '../../src/audit/listed-event.ts'
import { operator } from '../../src/base/actor.ts'
import type { Work } from '../kit/verb.ts'
import { type FilterOptions, filterOf } from './filters.ts'

/** Writes events to a new file, or to standard output, a line of JSON each, oldest first. The export itself is recorded first. */
export async function exportEvents({ app, out, io }: Work, path: string, options: FilterOptions): Promise<void> {
  const filter = await filterOf(app, options)
  const sink = await io.save(path === '-' ? null : path)
  const changes = await exportRecord(app, filter, { meant: await meantBy(app, filter) })
  await app.audit.write('audit.exported', { by: operator, changes })
  let written = 0
  for await (const page of app.audit.pages(filter)) {
    if (path === '-' && io.closed) return
    await sink.write(page.map(event => `${JSON.stringify(listed(event))}\n`).join(''))
    written += page.length
    io.progress(`${written} events`)
  }
  await sink.finish()
  io.progress('')
  if (path !== '-') out.done({ file: path, events: written }, `Wrote ${written} events to ${path}.`)
}

/** The account that has the target as its email or username. */
async function meantBy({ accounts }: App, { target }: Filter): Promise<string[]> {
  const account = target === undefined ? null : await accounts.findByLogin(target)
  return account ? [account.id] : []
}
