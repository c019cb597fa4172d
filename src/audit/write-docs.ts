import { writeFileSync } from 'node:fs'
import en from '../../locales/en.json' with { type: 'json' }
import { type CATALOGUE, entryOf, GROUPS, type Group, kindsIn } from './catalogue.ts'

const words: Record<string, string> = en

const INTRO = `# Audit events

Generated from \`src/audit/catalogue.ts\` by \`npm run docs:audit\`.

Every change, sign-in and refusal is recorded with its kind, its time, its actor, the affected account, and the IP address
and browser it came from. Events of HTTP requests have the request ID of the log, and updates say which fields they
changed, from what and to what. Owners see the events of their account at \`/account/history\` and at
\`GET /api/v1/me/history\`. Operators see them with \`gatehouse accounts history\`, and all events with
\`gatehouse audit list\`. Each of these filters by group. \`gatehouse audit verify\` proves that no event was altered,
removed or inserted; \`docs/operate.md\` says how.
[Webhooks](../webhooks.md) send events to an address as they happen.
`

const HEADINGS: Record<Group, string> = {
  'sign-ins': 'Signing in and out',
  changes: 'Changes to an account',
  administration: 'Administration',
}

/** The text of `docs/reference/audit-events.md`. */
export function auditReference(): string {
  return [INTRO, ...(Object.keys(GROUPS) as Group[]).map(section)].join('\n')
}

function section(group: Group): string {
  const seenBy = GROUPS[group] === 'owner' ? 'the owner of the account, and operators' : 'operators only'
  return [
    `## ${HEADINGS[group]}`,
    '',
    `Group \`${group}\`; seen by ${seenBy}.`,
    '',
    '| kind | in words | success | target | reason |',
    '|---|---|---|---|---|',
    ...kindsIn(group).map(row),
    '',
  ].join('\n')
}

function row(kind: keyof typeof CATALOGUE): string {
  const { target, reason = [], failure } = entryOf(kind)!
  const reasons = reason.map(each => (each === null ? 'none' : `\`${each}${each.endsWith(':') ? 'PROVIDER' : ''}\``))
  const cells = [
    `\`${kind}\``,
    words[`history.${kind}`],
    failure ? 'no' : 'yes',
    target?.replace('?', ', or none') ?? '',
    reasons.join(', '),
  ]
  return `| ${cells.join(' | ')} |`
}

if (import.meta.main) writeFileSync(new URL('../../docs/reference/audit-events.md', import.meta.url), auditReference())
