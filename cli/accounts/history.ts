import { Option } from 'commander'
import { type Group, OWNER_GROUPS } from '../../src/audit/catalogue.ts'
import { deviceName, deviceOf } from '../../src/audit/device.ts'
import { count, repeated } from '../kit/values.ts'
import type { Verb } from '../kit/verb.ts'

export function historyCommand(accounts: Verb): void {
  accounts
    .verb(
      'history <account>',
      'Show the audit events of an account, newest first',
      'accounts history ada@example.com --limit 10',
      'accounts history ada@example.com --kind sign-in. --failed',
    )
    .option('--limit <number>', 'Maximum number of events', count, 50)
    .option('--before <id>', 'Continue before this event, the last one of the previous page (--json shows the IDs)')
    .option('--kind <kind>', 'Only this kind, or all kinds with this prefix, such as "sign-in."; repeatable', repeated)
    .addOption(new Option('--group <group>', 'Only events of this group').choices(OWNER_GROUPS))
    .option('--failed', 'Only failed attempts')
    .run(async ({ app, out }, id: string, { limit, before, kind, group, failed }: HistoryOptions) => {
      const account = await app.accounts.find(id)
      const page = { limit, before, kinds: kind, group, ...(failed && { success: false }) }
      const events = (await app.audit.of(account.id, page)).map(event => ({
        id: event.id,
        ...event.summary(),
        device: deviceName(deviceOf(event.userAgent)),
      }))
      out.table(events, ['at', 'kind', 'success', 'reason', 'actor', 'target', 'device', 'ip'], 'No events recorded.')
    })
}

interface HistoryOptions {
  limit: number
  before?: string
  kind?: string[]
  group?: Group
  failed?: true
}
