import { existsSync, readFileSync } from 'node:fs'
import type { ReportLine } from './bundle.ts'

export interface Timing {
  file: string
  title: string
  seconds: number
}

const LONGEST = 10

/** What the processes of a run have written down: how long each test took, and the files that came to an end. */
export function readReport(path: string): { timings: Timing[]; ended: Set<string> } {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = text
    .split('\n')
    .filter(Boolean)
    .map((line): ReportLine => JSON.parse(line))
  return {
    timings: lines.filter(line => 'seconds' in line),
    ended: new Set(lines.flatMap(line => ('ended' in line ? line.ended : []))),
  }
}

/** Prints the files and the tests that took longest; a file's seconds are those of its tests together. */
export function printSlowest(timings: readonly Timing[]): void {
  const files = Map.groupBy(timings, ({ file }) => file)
  const sums = files
    .entries()
    .map(([file, of]) => ({ name: file, seconds: of.reduce((sum, one) => sum + one.seconds, 0) }))
  print('files', [...sums])
  print(
    'tests',
    timings.map(({ file, title, seconds }) => ({ name: `${file} › ${title}`, seconds })),
  )
}

function print(what: string, of: { name: string; seconds: number }[]): void {
  if (of.length === 0) return
  console.log(`\nThe slowest ${what}, in seconds`)
  const slowest = of.sort((a, b) => b.seconds - a.seconds).slice(0, LONGEST)
  for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)}  ${name}`)
}
