import type { App } from '../../src/app.ts'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import { KINDS, type Kind, presetOf } from '../../src/federation/providers/presets.ts'
import type { Finding } from '../../src/federation/providers/provider-check.ts'
import { EXIT } from '../kit/exit-codes.ts'
import { CliError } from '../kit/failures.ts'
import { aligned, printable } from '../kit/output.ts'
import type { Work } from '../kit/verb.ts'

type Directions = ReturnType<typeof directionsFor>

/**
 * How to register Gatehouse with a provider: the steps of its preset, with our addresses filled in, and the addresses to
 * enter there; null where the provider does not support one. `console` is null where only the operator knows it.
 */
export function directionsFor(
  app: App,
  { kind, name, issuer, policy }: Pick<ProviderDefinition, 'kind' | 'issuer' | 'policy'> & { name: string },
) {
  const preset = presetOf(kind)
  const addresses = app.upstreamClient.clientUris({ name })
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

/** The steps as numbered lines. */
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

export function listKinds({ out }: Work): void {
  const presets = KINDS.map(kind => {
    const { title, protocol, scopes, settings, mapping } = presetOf(kind)
    return { kind, title, protocol, scopes, needs: Object.keys(settings), emailVerified: mapping.emailVerified }
  })
  out.table(presets, ['kind', 'title', 'protocol', 'scopes', 'needs'], '')
}

/** How to register Gatehouse there, before the provider is added. */
export function showKind({ app, out }: Work, kind: Kind): void {
  const preset = presetOf(kind)
  const directions = directionsFor(app, { kind, name: kind })
  const { steps: _steps, console: _console, ...rest } = preset
  const next = `Then run: gatehouse providers add ${kind}\n`
  out.text(
    { kind, ...rest, ...directions },
    `${toFollow(preset.title, directions)}\n${addressLines(directions)}\n${next}`,
  )
}

/** Checks a provider, and prints how to register Gatehouse with it. @throws CliError where a check fails */
export async function testProvider({ app, out }: Work, name: string): Promise<void> {
  const provider = await app.identityProviders.find(name)
  const findings = await app.providerCheck.of(provider)
  const directions = directionsFor(app, provider)
  const lines = findings.map(inALine).join('')
  out.text({ findings, ...directions }, `${lines}\n${toFollow(provider.title, directions)}`)
  const wrong = findings.filter(({ ok }) => ok === false).map(({ check }) => check)
  if (wrong.length === 0) return
  const advice = `To see its configuration: gatehouse providers show ${name}`
  const message = `${provider.title} failed the check: ${wrong.join(', ')}`
  throw new CliError({ exit: EXIT.storage, code: 'provider', message, advice })
}

function inALine({ check, ok, detail }: Finding): string {
  const mark = ok === null ? '-' : ok ? 'ok' : 'WRONG'
  return printable(`  ${mark.padEnd(5)}  ${check.padEnd(12)}  ${detail}\n`)
}
