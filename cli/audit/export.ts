import type { Filter } from '../../src/audit/audit-log.ts'
import { listed } from '../../src/audit/listed-event.ts'
import { operator } from '../../src/base/actor.ts'
import type { Work } from '../kit/verb.ts'
import { type FilterOptions, filterOf } from './filters.ts'

/** Writes events to a new file, or to standard output, a line of JSON each, oldest first. The export itself is recorded first. */
export async function exportEvents({ app, out, io }: Work, path: string, options: FilterOptions): Promise<void> {
  const filter = await filterOf(app, options)
  const sink = await io.save(path === '-' ? null : path)
  await app.audit.write('audit.exported', { by: operator, changes: recorded(filter) })
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

/** The filter has the ID of an account where the option may have its email. */
function recorded(filter: Filter) {
  const given = JSON.parse(JSON.stringify(filter)) as Record<string, string>
  return Object.fromEntries(Object.entries(given).map(([name, to]) => [name, { from: null, to }]))
}
