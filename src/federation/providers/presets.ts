import type { Preset } from './preset.ts'
import { OAUTH2_PRESETS } from './presets/oauth2.ts'
import { OPENID_PRESETS } from './presets/openid-connect.ts'

/** All presets by kind, in the order in which they are listed. */
export const PRESETS = { ...OPENID_PRESETS, ...OAUTH2_PRESETS }

export type Kind = keyof typeof PRESETS

export const KINDS = Object.keys(PRESETS) as [Kind, ...Kind[]]

export function presetOf(kind: Kind): Preset {
  return PRESETS[kind]
}
