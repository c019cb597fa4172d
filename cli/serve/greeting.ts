import type { App } from '../../src/app.ts'
import { aligned } from '../kit/output.ts'
import type { Serving } from './serving.ts'

export type Greeting = Awaited<ReturnType<typeof greetingOf>>

/** What is printed once everything is running. */
export async function greetingOf(app: App, { demoUrl, upstreamUrl }: Record<'demoUrl' | 'upstreamUrl', string | null>) {
  const { config, database, setup } = app
  const [setupPending, token] = await app.scope(async () => [
    await setup.pending(),
    // Null where there is a superuser already, and in production, where the link would end up in a log.
    config.production ? null : await setup.link(),
  ])
  return {
    url: config.issuer,
    demoUrl,
    upstreamUrl,
    mailboxUrl: config.mailbox ? `${config.issuer}/mailbox` : null,
    setupUrl: token && `${config.issuer}/setup/${token}`,
    setupPending,
    storage: `${config.databaseUrl ? database.name : config.dataDir}${config.redisUrl ? ' and Redis' : ''}`,
    workers: config.workers,
  }
}

/** In production without a terminal nothing is printed but the log, which never contains a link. */
export function greet(greeting: Greeting, { config: { production }, io, json, tell }: Serving): void {
  const { url, demoUrl, upstreamUrl, mailboxUrl, setupUrl, setupPending, storage, workers } = greeting
  if (json) io.out(`${JSON.stringify(greeting)}\n`)
  if (production && setupPending) tell('there is no superuser yet. To create one: gatehouse create-superuser EMAIL')
  if (json || (production && io.columns === undefined)) return
  const lines = [
    ['Provider', url],
    ['Demo', demoUrl && `${demoUrl}   an application that signs in with it`],
    ['Upstream', upstreamUrl && `${upstreamUrl}   on the sign-in page: “Continue with Example Upstream”`],
    ['Mailbox', mailboxUrl && `${mailboxUrl}   shows all emails (test mode)`],
    ['First run', setupUrl],
    ['Data', storage],
    ['Commands', production ? null : 'node bin/gatehouse.js --help   in another terminal'],
    ['Workers', workers > 1 ? workers : null],
  ] as const
  const shown = aligned(lines.filter(([, value]) => value !== null))
  const first = setupUrl ? '\nOpen the first-run link to create the superuser. It works once and expires in 1 day.' : ''
  io.out(`\nGatehouse is ready.\n\n${shown}${first}\nPress Ctrl-C to stop.\n\n`)
}
