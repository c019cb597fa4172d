import { CATALOGUE, type Kind, kindsNamed } from '../audit/catalogue.ts'

/** Stands for every kind. */
const EVERY_KIND = '*'

/**
 * Events that no webhook gets. A report of a failed delivery is not delivered itself, or one broken receiver would
 * cause deliveries without end.
 */
const NEVER: ReadonlySet<string> = new Set<Kind>(['webhook.undelivered'])

/** The kinds that a webhook gets: those named, those with a prefix that ends in a dot (`account.`), or all (`*`). */
export function kindsOf(names: readonly string[]): Kind[] {
  const named = names.includes(EVERY_KIND) ? (Object.keys(CATALOGUE) as Kind[]) : kindsNamed(names)
  return named.filter(kind => !NEVER.has(kind))
}

/** What is wrong with a name; null if nothing is. */
export function kindProblem(name: string): string | null {
  if (NEVER.has(name)) return `${JSON.stringify(name)} is never sent to a webhook`
  if (name === EVERY_KIND || kindsNamed([name]).length > 0) return null
  return `${JSON.stringify(name)} is no kind of event (docs/reference/audit-events.md lists all), no prefix such as "account.", and not "${EVERY_KIND}"`
}
