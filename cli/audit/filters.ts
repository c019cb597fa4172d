import { InvalidArgumentError, Option } from 'commander'
import type { App } from '../../src/app.ts'
import type { Filter } from '../../src/audit/audit-log.ts'
import { GROUPS, type Group, kindsNamed } from '../../src/audit/catalogue.ts'
import { isId } from '../../src/base/ids.ts'
import { past, repeated } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'

export interface FilterOptions {
  kind?: string[]
  group?: Group
  failed?: true
  actor?: string
  subject?: string
  target?: string
  request?: string
  since?: Date
  until?: Date
}

/** The options that select events by what happened. */
export function withKinds(verb: Verb, groups: readonly string[] = Object.keys(GROUPS)): Verb {
  return verb
    .option('--kind <kind>', 'Only this kind, or all kinds with this prefix, such as "sign-in."; repeatable', kinds)
    .addOption(new Option('--group <group>', 'Only events of this group').choices(groups))
    .option('--failed', 'Only failed attempts')
}

/** The options that select events by anything. */
export function withFilters(verb: Verb): Verb {
  return withKinds(verb)
    .option(
      '--actor <actor>',
      'Only by this actor: operator, system, visitor, a client (its ID), or an account (its email, username or ID)',
    )
    .option('--subject <account>', 'Only about this account: its email, username or ID')
    .option('--target <target>', 'Only about this client, resource, role, provider or key')
    .option('--request <id>', 'Only of this HTTP request, by the ID that the log has')
    .option('--since <time>', 'Only since this time: 2h or 30d ago, a day, or a time', past)
    .option('--until <time>', 'Only before this time', past)
}

/** @throws NotFound for a subject that is neither an account nor an ID, and for an actor that can only be an account */
export async function filterOf(app: App, options: FilterOptions): Promise<Filter> {
  const { kind, failed, subject, group, target, request, since, until } = options
  // Events outlive their account, so an ID needs none.
  const id = subject === undefined || isId(subject) ? subject : (await app.accounts.find(subject)).id
  const actor = options.actor === undefined ? undefined : await actorOf(app, options.actor)
  return { kinds: kind, subject: id, group, actor, target, request, since, until, ...(failed && { success: false }) }
}

/** The actor as events have it: an account by its ID. */
async function actorOf({ accounts, clients }: App, typed: string): Promise<string> {
  if (/^(operator|client|visitor|system)(:|$)/.test(typed) || typed === 'account') return typed
  const name = typed.replace(/^account:/, '')
  if (isId(name)) return typed
  if (name !== typed || name.includes('@')) return `account:${(await accounts.find(name)).id}`
  const account = (await clients.findCached(name)) ? null : await accounts.findByLogin(name)
  return account ? `account:${account.id}` : typed
}

function kinds(kind: string, before: string[] = []): string[] {
  if (kindsNamed([kind]).length > 0) return repeated(kind, before)
  throw new InvalidArgumentError('There is no such kind of event; docs/reference/audit-events.md lists all.')
}
