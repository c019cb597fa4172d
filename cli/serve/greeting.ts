import type { App } from '../../src/app.ts'
import type { Io } from '../kit/io.ts'
import { aligned } from '../kit/output.ts'

export interface Greeting {
  url: string
  demoUrl: string | null
  /** Of Example Upstream. */
  upstreamUrl: string | null
  /** Where emails are shown in test mode. */
  mailboxUrl: string | null
  /** Creates the first superuser, once. Null where there is one, and in production, where it would end up in a log. */
  setupUrl: string | null
  /** Whether there is no superuser yet. */
  setupPending: boolean
  storage: string
  workers: number
}

/** What is printed once everything is running. */
export async function greetingOf(
  app: App,
  { demoUrl, upstreamUrl }: Pick<Greeting, 'demoUrl' | 'upstreamUrl'>,
): Promise<Greeting> {
  const { config, database, setup } = app
  const [setupPending, token] = await app.scope(async () => [
    await setup.pending(),
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

interface GreetingWords {
  io: Io
  json: boolean
  production: boolean
  tell: (text: string) => void
}

/** In production without a terminal nothing is printed but the log, which never contains a link. */
export function greet(greeting: Greeting, { io, json, production, tell }: GreetingWords): void {
  const { url, demoUrl, upstreamUrl, mailboxUrl, setupUrl, setupPending, storage, workers } = greeting
  if (json) io.out(`${JSON.stringify(greeting)}\n`)
  if (production && setupPending) tell('there is no superuser yet. To create one: gatehouse create-superuser EMAIL')
  if (json || (production && io.columns === undefined)) return
  const lines: [string, string][] = [['Provider', url]]
  if (demoUrl) lines.push(['Demo', `${demoUrl}   an application that signs in with it`])
  if (upstreamUrl) lines.push(['Upstream', `${upstreamUrl}   on the sign-in page: “Continue with Example Upstream”`])
  if (mailboxUrl) lines.push(['Mailbox', `${mailboxUrl}   shows all emails (test mode)`])
  if (setupUrl) lines.push(['First run', setupUrl])
  lines.push(['Data', storage])
  if (!production) lines.push(['Commands', 'node bin/gatehouse.js --help   in another terminal'])
  if (workers > 1) lines.push(['Workers', String(workers)])
  const first = setupUrl ? '\nOpen the first-run link to create the superuser. It is valid once, within one day.' : ''
  io.out(`\nGatehouse is ready.\n\n${aligned(lines)}${first}\nPress Ctrl-C to stop.\n\n`)
}
