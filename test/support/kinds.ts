import type { Kind } from '../../src/federation/providers/presets.ts'
import { startApple } from './apple.ts'
import type { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'
import { type SHAPES, ShapedUpstream } from './shapes.ts'
import { Upstream } from './upstream.ts'
import type { Addresses } from './upstream-provider.ts'

/** A provider of one kind on a port of its own, where one person has an account and is let through at once. */
export interface Counterpart {
  /** For `OUTBOUND_ALLOW`. */
  host: string
  /** Makes us a client there. @returns what the command line is told beside the kind */
  admit(addresses: Addresses): Promise<{ options: string; secret: string | null }>
  /** What the person does there. @returns where the browser is sent back to, and what it posts there */
  visit(address: string, way: { cancel: boolean }): Promise<{ address: string; form?: URLSearchParams }>
  close(): void
}

interface Known {
  email: string
  name: string
  /** Whether the provider's word is enough for the address. */
  vouched: boolean
}

export interface Row extends Known {
  start(): Promise<Counterpart>
}

/** Every kind of provider as it stands on loopback. */
export const COUNTERPARTS: Record<Kind, Row> = {
  google: openid('google', { claims: { email_verified: true } }),
  yandex: shaped('yandex', { email: 'ivan@example.org', name: 'Ivan Ivanov', vouched: false }),
  vk: shaped('vk', { email: 'ivan-at-vk@example.org', name: 'Ivan I.', vouched: false }, { secret: null }),
  github: shaped('github', { email: 'mona@example.org', name: 'Mona Octocat', vouched: true }),
  microsoft: openid('microsoft', {
    claims: { idToken: { email: 'ada-at-microsoft@example.org', xms_edov: true } },
    options: '--tenant organizations',
  }),
  apple: { email: 'ada-at-apple@example.org', name: 'Ada Lovelace', vouched: true, start: asApple },
  gitlab: openid('gitlab', { claims: { email_verified: true } }),
  discord: shaped('discord', { email: 'nelly@example.org', name: 'Nelly', vouched: true }),
  oidc: openid('oidc', { claims: { email_verified: true } }),
  oauth2: shaped('oauth2', { email: 'olga@example.org', name: 'Olga', vouched: false }),
}

/** The line that adds it, with its own addresses in place of the preset's; and what is typed into that. */
export async function lineToAdd(kind: Kind, counterpart: Counterpart, { app }: Gatehouse) {
  const { options, secret } = await counterpart.admit(app.upstreamClient.clientUris({ name: kind }))
  const line = `providers add ${kind} ${options}`
  return secret === null ? { line, person: {} } : { line: `${line} --client-secret-file -`, person: { stdin: secret } }
}

/** Takes a browser without scripts from the page that leads on to the provider there and back. */
export async function through(browser: Browser, counterpart: Counterpart, { cancel = false } = {}): Promise<Browser> {
  const door = browser.document.querySelector('a.button')?.getAttribute('href')
  if (!door?.includes(counterpart.host)) throw new Error(`no way there on: ${browser.text.slice(0, 300)}`)
  const { address, form } = await counterpart.visit(door, { cancel })
  if (!form) return browser.open(address)
  // A form of another site brings no cookies (SameSite=Lax).
  const headers = { origin: `http://${counterpart.host}`, 'sec-fetch-site': 'cross-site' }
  const answer = await fetch(address, { method: 'POST', body: form, redirect: 'manual', headers })
  return browser.open(new URL(answer.headers.get('location') ?? '', address).href)
}

function openid(kind: Kind, { claims, options = '' }: { claims: Record<string, unknown>; options?: string }): Row {
  const person = { email: `ada-at-${kind}@example.org`, name: 'Ada' }
  async function start(): Promise<Counterpart> {
    const upstream = await Upstream.start()
    const somebody = upstream.person({ sub: crypto.randomUUID(), ...person, ...claims })
    upstream.atOnce = somebody
    return {
      host: upstream.host,
      async admit(addresses) {
        const { client_id, client_secret } = await upstream.admit(kind, addresses)
        return { options: `--client-id ${client_id} --issuer ${upstream.url} ${options}`, secret: client_secret }
      },
      async visit(address, { cancel }) {
        upstream.atOnce = cancel ? null : somebody
        return { address: await upstream.visit(address, { cancel }) }
      },
      close: () => upstream.close(),
    }
  }
  return { ...person, vouched: true, start }
}

/** Where it takes none, there is no secret. */
function shaped(kind: keyof typeof SHAPES, known: Known, without: { secret?: null } = {}): Row {
  async function start(): Promise<Counterpart> {
    const upstream = await ShapedUpstream.start(kind)
    const { endpoints, clientId, secret = null } = upstream.definition(without)
    const places = Object.entries(endpoints ?? {}).map(([name, address]) => `--${name}-endpoint ${address}`)
    return {
      host: upstream.host,
      admit: async () => ({ options: `--client-id ${clientId} ${places.join(' ')}`, secret }),
      visit: async (address, way) => ({ address: upstream.visit(address, way) }),
      close: () => upstream.close(),
    }
  }
  return { ...known, start }
}

async function asApple(): Promise<Counterpart> {
  const apple = await startApple()
  apple.claims = { sub: '000123.abc', email: 'ada-at-apple@example.org', email_verified: 'true' }
  const { issuer, clientId, secret = null, settings = {} } = apple.definition()
  const said = Object.entries(settings).map(([name, value]) => `--${name} ${value}`)
  return {
    host: apple.host,
    admit: async () => ({ options: `--client-id ${clientId} --issuer ${issuer} ${said.join(' ')}`, secret }),
    visit: async (address, way) => apple.visit(address, way),
    close: () => apple.close(),
  }
}
