import { KINDS, type Kind } from '../../src/federation/providers/presets.ts'
import { startApple } from './apple.ts'
import type { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'
import { SHAPES } from './oauth2-shapes.ts'
import { ShapedUpstream } from './shaped-upstream.ts'
import { Upstream } from './upstream.ts'
import type { Addresses } from './upstream-provider.ts'

/** A provider of one kind on a port of its own, where one person has an account and signs in without a page. */
export interface Counterpart {
  /** For `OUTBOUND_ALLOW`. */
  host: string
  /** Registers Gatehouse as a client there. @returns the options of `providers add` */
  admit(addresses: Addresses): Promise<{ options: string; secret: string | null }>
  /** Signs the person in there. @returns where the browser is sent back to, and what it posts there */
  visit(address: string, way: { cancel: boolean }): Promise<{ address: string; form?: URLSearchParams }>
  close(): void
}

export interface Row {
  email: string
  name: string
  /** Whether the preset treats the email as verified. */
  emailVerified: boolean
  start(): Promise<Counterpart>
}

/** OpenID Providers whose claims are not the standard ones. */
const OPENID_CLAIMS: Partial<Record<Kind, { claims: object; options: string }>> = {
  microsoft: {
    claims: { idToken: { email: 'ada-at-microsoft@example.org', xms_edov: true } },
    options: '--tenant organizations',
  },
}

/** Each kind of provider, on loopback. A new preset of plain OAuth 2.0 needs a row in SHAPES; one with standard claims none. */
export const COUNTERPARTS = Object.fromEntries(KINDS.map(kind => [kind, rowOf(kind)])) as Record<Kind, Row>

function rowOf(kind: Kind): Row {
  if (kind === 'apple')
    return { email: 'ada-at-apple@example.org', name: 'Ada Lovelace', emailVerified: true, start: asApple }
  return kind in SHAPES ? shaped(kind as keyof typeof SHAPES) : openid(kind, OPENID_CLAIMS[kind])
}

/** The command that adds it, with its own addresses in place of those of the preset, and its standard input. */
export async function addCommandFor(kind: Kind, counterpart: Counterpart, { app }: Gatehouse) {
  const { options, secret } = await counterpart.admit(app.upstreamClient.clientUris({ name: kind }))
  const line = `providers add ${kind} ${options}`
  return secret === null ? { line, person: {} } : { line: `${line} --client-secret-file -`, person: { stdin: secret } }
}

/** Takes a browser without scripts from the redirect page to the provider, and back. */
export async function passProvider(
  browser: Browser,
  counterpart: Counterpart,
  { cancel = false } = {},
): Promise<Browser> {
  const link = browser.document.querySelector('a.button')?.getAttribute('href')
  if (!link?.includes(counterpart.host)) throw new Error(`no link to the provider on: ${browser.text.slice(0, 300)}`)
  const { address, form } = await counterpart.visit(link, { cancel })
  if (!form) return browser.open(address)
  // A form posted from another site sends no cookies (SameSite=Lax).
  const headers = { origin: `http://${counterpart.host}`, 'sec-fetch-site': 'cross-site' }
  const answer = await fetch(address, { method: 'POST', body: form, redirect: 'manual', headers })
  return browser.open(new URL(answer.headers.get('location') ?? '', address).href)
}

function openid(kind: Kind, { claims, options } = { claims: { email_verified: true } as object, options: '' }): Row {
  const person = { email: `ada-at-${kind}@example.org`, name: 'Ada' }
  async function start(): Promise<Counterpart> {
    const upstream = await Upstream.start()
    const visitor = upstream.person({ sub: crypto.randomUUID(), ...person, ...claims })
    upstream.atOnce = visitor
    return {
      host: upstream.host,
      async admit(addresses) {
        const { client_id, client_secret } = await upstream.admit(kind, addresses)
        return { options: `--client-id ${client_id} --issuer ${upstream.url} ${options}`, secret: client_secret }
      },
      async visit(address, { cancel }) {
        upstream.atOnce = cancel ? null : visitor
        return { address: await upstream.visit(address, { cancel }) }
      },
      close: () => upstream.close(),
    }
  }
  return { ...person, emailVerified: true, start }
}

function shaped(kind: keyof typeof SHAPES): Row {
  const { person, publicClient } = SHAPES[kind]
  async function start(): Promise<Counterpart> {
    const upstream = await ShapedUpstream.start(kind)
    const { endpoints, clientId, secret = null } = upstream.definition(publicClient ? { secret: null } : {})
    const places = Object.entries(endpoints ?? {}).map(([name, address]) => `--${name}-endpoint ${address}`)
    return {
      host: upstream.host,
      admit: async () => ({ options: `--client-id ${clientId} ${places.join(' ')}`, secret }),
      visit: async (address, way) => ({ address: upstream.visit(address, way) }),
      close: () => upstream.close(),
    }
  }
  return { ...person, start }
}

async function asApple(): Promise<Counterpart> {
  const apple = await startApple()
  apple.claims = { sub: '000123.abc', email: 'ada-at-apple@example.org', email_verified: 'true' }
  const { issuer, clientId, secret = null, settings = {} } = apple.definition()
  const given = Object.entries(settings).map(([name, value]) => `--${name} ${value}`)
  return {
    host: apple.host,
    admit: async () => ({ options: `--client-id ${clientId} --issuer ${issuer} ${given.join(' ')}`, secret }),
    visit: async (address, way) => apple.visit(address, way),
    close: () => apple.close(),
  }
}
