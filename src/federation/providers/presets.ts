import type { Preset } from './preset.ts'
import { apple } from './presets/apple.ts'
import { discord } from './presets/discord.ts'
import { github } from './presets/github.ts'
import { gitlab } from './presets/gitlab.ts'
import { google } from './presets/google.ts'
import { microsoft } from './presets/microsoft.ts'
import { oauth2 } from './presets/oauth2.ts'
import { oidc } from './presets/oidc.ts'
import { vk } from './presets/vk.ts'
import { yandex } from './presets/yandex.ts'

/** All presets, in the order in which they are listed. */
export const PRESETS = {
  google,
  yandex,
  vk,
  github,
  microsoft,
  apple,
  gitlab,
  discord,
  oidc,
  oauth2,
} as const satisfies Record<string, Preset>

export type Kind = keyof typeof PRESETS

export const KINDS = Object.keys(PRESETS) as [Kind, ...Kind[]]

export function presetOf(kind: Kind): Preset {
  return PRESETS[kind]
}
