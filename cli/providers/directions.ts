import type { App } from '../../src/app.ts'
import type { Policy } from '../../src/federation/policy.ts'
import type { Kind } from '../../src/federation/preset.ts'
import { presetOf } from '../../src/federation/presets.ts'
import { aligned } from '../output.ts'

/** What is to be done at a provider, and what it has to be told of us. */
interface Directions {
  redirectUri: string
  /** Null where the provider takes none. */
  signedOutUri: string | null
  backchannelLogoutUri: string | null
  /** Where to do it; null where only the operator knows. */
  console: string | null
  steps: string[]
}

/** The steps of its preset with our addresses in their places. */
export function directionsFor(
  app: App,
  { kind, name, issuer, policy }: { kind: Kind; name: string; issuer?: string | null; policy?: Partial<Policy> },
): Directions {
  const preset = presetOf(kind)
  const addresses = app.upstreams.addresses({ name })
  const { origin, host } = new URL(app.config.issuer)
  const there = (issuer ?? preset.issuer ?? '').replace(/\/$/, '')
  const places: Record<string, string> = { ...addresses, origin, host, issuer: there }
  const filled = (text: string) => text.replace(/\{(\w+)\}/g, (whole, place: string) => places[place] ?? whole)
  const asksFor = (place: string) => preset.steps.some(step => step.includes(`{${place}}`))
  return {
    redirectUri: addresses.redirectUri,
    signedOutUri: policy?.signOut || asksFor('signedOutUri') ? addresses.signedOutUri : null,
    backchannelLogoutUri: asksFor('backchannelLogoutUri') ? addresses.backchannelLogoutUri : null,
    console: preset.console && filled(preset.console),
    steps: preset.steps.map(filled),
  }
}

/** For people to follow. */
export function toFollow(title: string, { console, steps }: Directions): string {
  const numbered = steps.map((step, index) => `  ${index + 1}. ${step}\n`).join('')
  return `At ${title}${console ? `, ${console}` : ''}:\n\n${numbered}`
}

export function addressLines({ redirectUri, signedOutUri, backchannelLogoutUri }: Directions): string {
  const lines = [
    ['redirect URI', redirectUri],
    ['post-logout redirect URI', signedOutUri],
    ['back-channel logout URI', backchannelLogoutUri],
  ] as const
  return aligned(lines.filter(([, address]) => address !== null))
}
