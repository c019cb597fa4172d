import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import type { Preset } from './provider.ts'

export type Printed = Pick<Preset, 'configuration'>

/** What a person changes in the text before using it: from, to. Each must be there. */
export type Edits = Record<string, string>

/** The part of the printed configuration that belongs to this place, such as `settings.py`. */
export function printedFor({ configuration }: Printed, where: string, edits: Edits = {}): string {
  const block = configuration.find(each => each.where.startsWith(where))
  assert.ok(block, `nothing is printed for ${where}, but for ${configuration.map(each => each.where).join(', ')}`)
  return Object.entries(edits).reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `${from} is not in what is printed for ${where}`)
    return text.replace(from, () => to)
  }, block.text)
}

/** The parts that comments such as `// To sign in: …` begin, which belong to different places of a program. */
export function printedParts(printed: Printed, where: string): Printed {
  const [, ...parts] = printedFor(printed, where).split(/^\/\/ (.+?)[:,].*\n/m)
  const configuration = parts.flatMap((text, i) => (i % 2 ? [{ where: parts[i - 1] ?? '', text }] : []))
  return { configuration }
}

/** The text of a file of the application, with what is printed in place of its lines `Paste: WHERE`, which are comments. */
export async function pasted(preset: Printed, file: string, edits: Record<string, Edits> = {}): Promise<string> {
  const lines = (await readFile(file, 'utf8')).split('\n').map(line => {
    const where = /^\W+ Paste: (.+)$/.exec(line)?.[1]
    return where === undefined ? line : printedFor(preset, where, edits[where])
  })
  return lines.join('\n')
}

/** The same, as another file: the one that is read stays as it is. */
export async function paste(preset: Printed, from: string, into: string, edits?: Record<string, Edits>): Promise<void> {
  await writeFile(into, await pasted(preset, from, edits))
}
