import { setTimeout as pause } from 'node:timers/promises'
import type { Filter } from '../../src/audit/audit-log.ts'
import type { AuditEvent } from '../../src/audit/event.ts'
import { listed } from '../../src/audit/listed-event.ts'
import { firstId } from '../../src/base/ids.ts'
import { Conflict } from '../../src/base/refusals.ts'
import type { Work } from '../kit/verb.ts'
import { type FilterOptions, filterOf } from './filters.ts'

const EVERY_MS = 1000
/** A transaction may commit an event this long after the event got its ID. */
const OVERLAP_MS = 15_000

export interface TailOptions extends FilterOptions {
  lines: number
  follow?: true
}

/** Prints the last events, oldest first, and then those that follow. */
export async function tail(work: Work, { lines, follow, ...options }: TailOptions): Promise<void> {
  const { app, out, io, session } = work
  if (follow && !app.database.shared && !session.host.serving)
    throw new Conflict('no server is running here, so nothing follows; start it, or leave out --follow')
  const filter = await filterOf(app, options)
  let polled = Date.now()
  const known = follow ? await newer(work, filter, polled) : []
  const last = (await app.audit.of(null, { ...filter, limit: lines })).reverse()
  const printed = new Map([...known, ...last].map(({ id }) => [id, polled]))
  for (const event of last) out.line(listed(event), text(event))
  while (follow && !io.closed) {
    await pause(EVERY_MS)
    const now = Date.now()
    for (const event of await newer(work, filter, polled)) {
      if (!printed.has(event.id)) out.line(listed(event), text(event))
      printed.set(event.id, now)
    }
    for (const [id, at] of printed) if (at < polled) printed.delete(id)
    polled = now
  }
}

/** The events since the last look, and those of the seconds before it that were committed late. */
async function newer({ app }: Work, filter: Filter, polled: number): Promise<AuditEvent[]> {
  const events: AuditEvent[] = []
  for await (const page of app.audit.pages(filter, firstId(new Date(polled - OVERLAP_MS)))) events.push(...page)
  return events
}

function text(event: AuditEvent): string {
  const { at, kind, success, reason, actor, subject, target, ip } = event.summary()
  const details = Object.entries({ reason, by: actor, subject, target, ip }).filter(([, value]) => value !== null)
  const words = details.map(([name, value]) => `${name}=${/\s/.test(value!) ? JSON.stringify(value) : value}`)
  const time = Number.isNaN(at.getTime()) ? 'invalid' : at.toISOString()
  return [time, success ? 'ok    ' : 'failed', kind, ...words].join(' ')
}
