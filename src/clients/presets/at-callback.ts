import { addressOf } from './address.ts'
import type { ClientPreset } from './client-preset.ts'
import { CLIENT_PRESETS } from './client-presets.ts'
import { presetRegistration } from './preset-registration.ts'

/**
 * The programs that receive their codes at this path, such as `/oauth2/callback`. Several may; most applications are in no
 * preset at all, so this is a guess, good enough for advice.
 */
export function presetsAtCallback(redirectUri: string): ClientPreset[] {
  const path = URL.parse(redirectUri)?.pathname
  return CLIENT_PRESETS.filter(preset => path !== undefined && path !== '/' && callbackPaths(preset).includes(path))
}

function callbackPaths(preset: ClientPreset): string[] {
  const { url } = addressOf(preset.url?.example ?? 'https://localhost')
  const { redirectUris = [] } = presetRegistration(preset, preset.url && url)
  return redirectUris.flatMap(uri => URL.parse(uri)?.pathname ?? [])
}
