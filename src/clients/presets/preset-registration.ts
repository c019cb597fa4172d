import type { ClientRegistration } from '../registration.ts'
import { addressOf } from './address.ts'
import type { ClientPreset } from './client-preset.ts'
import type { Language } from './literals.ts'
import { literals, plainValues, type Registered } from './values.ts'

/** The scopes of a preset that names none: programs rarely need a refresh token. */
const SCOPES = ['openid', 'profile', 'email', 'roles']

/** A program on the person's own machine has no address; its registration does not depend on this one. */
const LOCAL = 'http://localhost'

export interface FilledBlock {
  where: string
  language: Language
  text: string
}

/**
 * What the preset registers for a program at this URL; null for a program without one.
 * @throws InvalidInput for a URL that it cannot have
 */
export function presetRegistration(preset: ClientPreset, url: string | null): ClientRegistration {
  const address = addressOf(url ?? LOCAL)
  return {
    name: preset.title,
    profile: preset.profile,
    scopes: SCOPES,
    ...(preset.url ? { uri: address.url } : {}),
    ...preset.registration(address),
  }
}

/** The configuration of the program for a client that was registered with its preset. */
export function presetConfiguration(
  preset: ClientPreset,
  url: string | null,
  registered: Omit<Registered, 'address'>,
): FilledBlock[] {
  const all = { ...registered, address: addressOf(url ?? LOCAL) }
  return preset.configuration.map(({ where, language, text }) => ({
    where,
    language,
    text: dedented(text(literals(all, language), plainValues(all))),
  }))
}

/** Without the indentation of the first line, which the text has in its preset, and without blank lines around it. */
function dedented(text: string): string {
  const lines = text.replace(/^\n+|\s+$/g, '').split('\n')
  const indentation = /^ */.exec(lines[0] ?? '')?.[0] ?? ''
  return lines
    .map(line => (line.startsWith(indentation) ? line.slice(indentation.length) : line.trimStart()))
    .join('\n')
}
