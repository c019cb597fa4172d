import type { Kind, Preset } from './preset.ts'
import { google } from './presets/google.ts'
import { oidc } from './presets/oidc.ts'

const PRESETS: Readonly<Partial<Record<Kind, Preset>>> = { google, oidc }

/** @throws Error for a kind that no preset is known of */
export function presetOf(kind: Kind): Preset {
  const preset = PRESETS[kind]
  if (!preset) throw new Error(`there is no preset ${kind}`)
  return preset
}
