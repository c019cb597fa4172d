import type { App } from '../../src/app.ts'
import type { Kind } from '../../src/federation/preset.ts'
import { presetOf } from '../../src/federation/presets.ts'
import { aligned } from '../output.ts'

/** What is to be done at a provider, and what it has to be told of us. */
export interface Directions {
  redirectUri: string
  /** Null where there is no such thing: of plain OAuth 2.0. */
  signedOutUri: string | null
  backchannelLogoutUri: string | null
  /** Where to do it; null where only the operator knows. */
  console: string | null
  steps: string[]
}

/** The steps of its preset with our addresses in their places. */
export function directionsFor(
  app: App,
  { kind, name, issuer }: { kind: Kind; name: string; issuer?: string | null },
): Directions {
  const preset = presetOf(kind)
  const addresses = app.upstreams.addresses({ name })
  const { origin, host } = new URL(app.config.issuer)
  const there = (issuer ?? preset.issuer ?? '').replace(/\/$/, '')
  const places: Record<string, string> = { ...addresses, origin, host, issuer: there }
  const filled = (text: string) => text.replace(/\{(\w+)\}/g, (whole, place: string) => places[place] ?? whole)
  const told = preset.protocol === 'oidc' ? addresses : { ...addresses, signedOutUri: null, backchannelLogoutUri: null }
  return { ...told, console: preset.console && filled(preset.console), steps: preset.steps.map(filled) }
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
