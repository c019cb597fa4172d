import { existsSync, readFileSync } from 'node:fs'
import type { ReportLine } from './bundle.ts'

export interface Timing {
  file: string
  title: string
  seconds: number
}

/** The CPU seconds of one process, and its files. */
export interface Usage {
  ended: readonly string[]
  cpu: number
}

/** A file whose import has begun, or a test of it. */
export interface Begun {
  began: string
  title?: string
}

export interface Report {
  timings: Timing[]
  usage: Usage[]
  begun: Begun[]
}

const LONGEST = 10

/** The name of a file on a storage, in titles and in the report. */
export function nameOn(storage: string | undefined, file: string): string {
  return storage === 'embedded' ? `${file} [embedded]` : file
}

/** Reads what the processes of a run wrote: how long each test took, and which files ended. */
export function readReport(path: string): Report {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = text
    .split('\n')
    .filter(Boolean)
    .map((line): ReportLine => JSON.parse(line))
  return {
    timings: lines.filter(line => 'seconds' in line),
    usage: lines.filter(line => 'ended' in line),
    begun: lines.filter(line => 'began' in line),
  }
}

/** What was running when the process of these files crashed: tests, or the import of a file. */
export function interrupted({ timings, begun }: Report, files: readonly string[]): string[] {
  const done = new Set(timings.map(timing => titleOf(timing.file, timing.title)))
  const mine = begun.filter(({ began }) => files.includes(began))
  const tests = mine.filter(({ title }) => title !== undefined)
  const running = tests.length > 0 ? tests : mine.slice(-1)
  return running.map(({ began, title }) => titleOf(began, title)).filter(title => !done.has(title))
}

function titleOf(file: string, title = 'import'): string {
  return `${file} › ${title}`
}

/** Prints the files and the tests that took longest; a file's seconds are those of its tests together. */
export function printSlowest({ timings, usage }: Omit<Report, 'begun'>): void {
  const files = Map.groupBy(timings, ({ file }) => file)
  const sums = files
    .entries()
    .map(([file, of]) => ({ name: file, seconds: of.reduce((sum, one) => sum + one.seconds, 0) }))
  print('The slowest files, in seconds', [...sums])
  print(
    'The slowest tests, in seconds',
    timings.map(({ file, title, seconds }) => ({ name: titleOf(file, title), seconds })),
  )
  print(
    'The processes that used most CPU, in seconds',
    usage.map(({ ended: [first, ...rest], cpu }) => ({
      name: rest.length > 0 ? `${first} to ${rest.at(-1)}` : first!,
      seconds: cpu,
    })),
  )
}

function print(title: string, of: { name: string; seconds: number }[]): void {
  if (of.length === 0) return
  console.log(`\n${title}`)
  const slowest = of.sort((a, b) => b.seconds - a.seconds).slice(0, LONGEST)
  for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)}  ${name}`)
}
