import assert from 'node:assert/strict'
import type { Preset } from './provider.ts'

/** What a person changes in the text before using it: from, to. Each must be there. */
type Edits = Record<string, string>

/** The part of the printed configuration that belongs to this place, such as `settings.py`. */
export function printedFor({ configuration }: Preset, where: string, edits: Edits = {}): string {
  const block = configuration.find(each => each.where.startsWith(where))
  assert.ok(block, `nothing is printed for ${where}, but for ${configuration.map(each => each.where).join(', ')}`)
  return Object.entries(edits).reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `${from} is not in what is printed for ${where}`)
    return text.replace(from, () => to)
  }, block.text)
}
