import type { App } from '../../src/app.ts'
import type { Kind } from '../../src/audit/catalogue.ts'
import type { Verdict } from '../../src/audit-chain/verification.ts'
import type { Actor } from '../../src/base/actor.ts'
import { newId } from '../../src/base/ids.ts'

/** A visitor with all properties that an event can have. */
export const visitor: Actor = {
  kind: 'visitor',
  id: null,
  ip: '203.0.113.7',
  userAgent: 'Example/1.0',
  requestId: 'request-1',
}

/** Writes so many events about new accounts. @returns their IDs, oldest first */
export async function record(app: App, count: number): Promise<string[]> {
  return app.scope(async () => {
    const subjects = Array.from({ length: count }, () => newId())
    for (const subject of subjects)
      app.audit.record('role.assigned', { by: { ...visitor, kind: 'account', id: subject }, subject, target: 'editor' })
    await app.em.flush()
    const newest = await app.audit.of(null, { limit: count })
    return newest.map(({ id }) => id).reverse()
  })
}

export const link = (app: App) => app.scope(() => app.auditChain.appendAll())
export const verify = (app: App, options?: Parameters<App['auditVerification']['run']>[0]) =>
  app.scope(() => app.auditVerification.run(options))

/** What verification says about a database in which this SQL was run, which is then undone. */
export async function verdictAfter(app: App, ...statements: string[]): Promise<Verdict> {
  const verdicts: Verdict[] = []
  await app.scope(() =>
    app.atomically.decoy(async () => {
      for (const statement of statements) await app.em.execute(statement)
      verdicts.push(await app.auditVerification.run())
    }),
  )
  return verdicts[0]!
}

/** A forged event as a text of SQL. */
export function insertSql(columns: Record<string, string> = {}): string {
  const row = {
    id: `'${newId()}'`,
    kind: `'role.assigned'`,
    success: 'true',
    actor_kind: `'operator'`,
    at: 'now()',
    ...columns,
  }
  return `insert into audit_event (${Object.keys(row)}) values (${Object.values(row)})`
}

export const kindsOf = async (app: App): Promise<Kind[]> =>
  (await app.scope(() => app.audit.of(null, { limit: 1000 }))).map(({ kind }) => kind as Kind).reverse()
