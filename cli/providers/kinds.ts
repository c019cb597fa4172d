import { KINDS, type Kind, presetOf } from '../../src/federation/providers/presets.ts'
import type { Work } from '../kit/verb.ts'
import { addressLines, directionsFor, toFollow } from './directions.ts'

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
  out.text({ ...rest, ...directions }, `${toFollow(preset.title, directions)}\n${addressLines(directions)}\n${next}`)
}
