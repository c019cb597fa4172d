import { InvalidArgumentError, Option } from 'commander'
import { GROUPS, type Group, kindsNamed, OWNER_GROUPS } from '../src/audit/catalogue.ts'
import { listed } from '../src/audit/listed-event.ts'
import { count, repeated } from './kit/values.ts'
import type { Verb, Work } from './kit/verb.ts'

export function auditCommands(program: Verb): void {
  const list = program
    .noun('audit', 'Show who did what, and when')
    .verb('list', 'List audit events, newest first', '--group administration', '--failed')
  paged(list, Object.keys(GROUPS)).run((work, options: Options) => show(work, null, options))
}

export function historyCommand(accounts: Verb): void {
  const history = accounts.verb(
    'history <account>',
    'Show the audit events of an account, newest first',
    'ada@example.com --limit 10',
    'ada@example.com --kind sign-in. --failed',
  )
  paged(history, OWNER_GROUPS).runOnAccount((work, account, options: Options) => show(work, account.id, options))
}

function paged(verb: Verb, groups: readonly string[]): Verb {
  return verb
    .option('--limit <number>', 'Maximum number of events', count, 50)
    .option('--before <id>', 'Continue before this event, the last one of the previous page (--json shows the IDs)')
    .option('--kind <kind>', 'Only this kind, or all kinds with this prefix, such as "sign-in."; repeatable', kinds)
    .addOption(new Option('--group <group>', 'Only events of this group').choices(groups))
    .option('--failed', 'Only failed attempts')
}

function kinds(kind: string, before: string[] = []): string[] {
  if (kindsNamed([kind]).length > 0) return repeated(kind, before)
  throw new InvalidArgumentError('There is no such kind of event; docs/reference/audit-events.md lists all.')
}

async function show({ app, out }: Work, account: string | null, { limit, before, kind, group, failed }: Options) {
  const page = { limit, before, kinds: kind, group, ...(failed && { success: false }) }
  const events = (await app.audit.of(account, page)).map(listed)
  const about = account === null ? ['subject'] : []
  const columns = ['at', 'kind', 'success', 'reason', 'actor', ...about, 'target', 'device', 'ip']
  out.table(events, columns, 'No events recorded.')
}

interface Options {
  limit: number
  before?: string
  kind?: string[]
  group?: Group
  failed?: true
}
