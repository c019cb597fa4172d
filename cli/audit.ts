import type { Filter } from '../src/audit/audit-log.ts'
import { OWNER_GROUPS } from '../src/audit/catalogue.ts'
import { listed } from '../src/audit/listed-event.ts'
import type { Waiting } from '../src/audit-chain/chain-wait.ts'
import { operator } from '../src/base/actor.ts'
import { exportEvents } from './audit/export.ts'
import { type FilterOptions, filterOf, withFilters, withKinds } from './audit/filters.ts'
import { type TailOptions, tail } from './audit/tail.ts'
import { type VerifyOptions, verify } from './audit/verify.ts'
import type { Output } from './kit/output.ts'
import { count } from './kit/values.ts'
import type { Verb, Work } from './kit/verb.ts'

/** The audit log: searching it, exporting it, and proving that no one has changed it. */
export function auditCommands(program: Verb): void {
  const audit = program.noun('audit', 'Show who did what and when, and prove it')

  withFilters(
    paged(
      audit.verb(
        'list',
        'List audit events, newest first',
        '--group administration --failed',
        '--since 2h --actor operator',
      ),
    ),
  ).run(async (work, options: ListOptions) => show(work, await filterOf(work.app, options), options))

  withFilters(
    audit.verb('tail', 'Print the last audit events, oldest first', '--follow --jsonl', '--kind sign-in. --failed'),
  )
    .option('--lines <number>', 'Number of events to begin with', count, 20)
    .option('--follow', 'Go on with new events, until Ctrl-C')
    .run(async (work, options: TailOptions) => tail(work, options))

  withFilters(
    audit.verb(
      'export <file>',
      'Write audit events to a new file, a line of JSON each',
      'events.ndjson',
      '- --since 30d',
    ),
  ).run(async (work, file: string, options: FilterOptions) => exportEvents(work, file, options))

  audit
    .verb('verify', 'Verify that no audit event was altered, removed or inserted', '--head head.json')
    .option('--head <file>', 'Also compare with a head that was kept elsewhere')
    .option('--limit <number>', 'Number of findings to describe', count, 20)
    .run(async (work, options: VerifyOptions) => verify(work, options))

  audit
    .verb('head', 'Sign the state of the audit trail, to be kept elsewhere', '--json')
    .run(async ({ app, out }) => out.record(await app.auditHeads.make(waitingFor(out))))

  audit
    .verb('adopt', 'Add audit events without proof to the chain, as an earlier release writes them')
    .confirmed()
    .run(async ({ app, out, confirm }) => {
      const waiting = waitingFor(out)
      const unproven = await app.auditAdoption.waiting(waiting)
      if (unproven === 0) return out.done({ adopted: 0 }, 'All audit events are in the chain.')
      await confirm(`Add ${unproven} audit events to the chain as they are, although nothing proves who wrote them?`)
      const adopted = await app.auditAdoption.adopt({ by: operator, waiting })
      out.done({ adopted }, `Added ${adopted} audit events.`)
    })
}

/** Another process that uses the chain needs it for less than a second, unless something is wrong with it. */
function waitingFor(out: Output): Waiting {
  return { noticeAfter: 3, limit: 60, say: holder => out.note(`waiting for the audit chain: ${holder} holds it`) }
}

export function historyCommand(accounts: Verb): void {
  const history = accounts.verb(
    'history <account>',
    'Show the audit events of an account, newest first',
    'ada@example.com --limit 10',
    'ada@example.com --kind sign-in. --failed',
  )
  withKinds(paged(history), OWNER_GROUPS).runOnAccount(async (work, { id }, options: ListOptions) => {
    const { kind, group, failed } = options
    await show(work, { kinds: kind, group, subject: id, ...(failed && { success: false }) }, options, [])
  })
}

function paged(verb: Verb): Verb {
  return verb
    .option('--limit <number>', 'Maximum number of events', count, 50)
    .option('--before <id>', 'Continue before this event, the last one of the previous page (--json shows the IDs)')
}

async function show({ app, out }: Work, filter: Filter, { limit, before }: ListOptions, about = ['subject']) {
  const events = (await app.audit.of(null, { ...filter, limit, before })).map(listed)
  const columns = ['at', 'kind', 'success', 'reason', 'actor', ...about, 'target', 'device', 'ip']
  out.table(events, columns, 'No events recorded.')
}

interface ListOptions extends FilterOptions {
  limit: number
  before?: string
}
