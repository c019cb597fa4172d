import { parse } from 'node-html-parser'
import type { App } from '../../src/app.ts'
import type { EmailKind } from '../../src/email/kinds.ts'
import { waitFor } from './wait-for.ts'

export interface FoundEmail {
  subject: string
  text: string
  html: string
  /** The link that people are to click. */
  link: string
}

/** Waits for an email to that person in the mailbox, of that kind if one is given. @returns the newest */
export async function emailTo(app: App, to: string, kind?: EmailKind): Promise<FoundEmail> {
  const { subject, text, html } = await waitFor(() => newest(app, to, kind), {
    what: () => `no email ${kind ?? ''} to ${to} has arrived`,
  })
  return { subject, text, html, link: parse(html).querySelector('a.button')?.getAttribute('href') ?? '' }
}

/** The kinds of all emails to that person in the mailbox so far, oldest first. */
export async function emailsTo(app: App, to: string): Promise<string[]> {
  return app.scope(async () => (await app.mailbox.emails({ to, limit: 500 })).map(({ kind }) => kind).reverse())
}

function newest(app: App, to: string, kind: EmailKind | undefined) {
  return app.scope(async () => (await app.mailbox.emails({ to })).find(email => !kind || email.kind === kind))
}
