/** Medians over the rounds, and the table that is printed. */

import type { Latency } from './load/latency.ts'
import type { Measured } from './measure/load.ts'

export interface Row {
  step: string
  subject: string
  workers: number
  rounds: Measured[]
  /** resident megabytes of each process that serves, after the step */
  rss: number[]
}

export const rawArgon2 = 'raw argon2'

export interface Summary {
  perSecond: number
  perCpuSecond: number
  latency: Record<string, Latency>
  /** shares of one core */
  serverCores: number
  redisCores: number | null
  postgresCores: number | null
}

export function summary({ rounds }: Row): Summary {
  const over = (pick: (measured: Measured) => number) => median(rounds.map(pick))
  const parts = Object.keys(rounds[0]?.latency ?? {})
  const cores = (pick: (measured: Measured) => number | null) =>
    rounds.some(measured => pick(measured) == null) ? null : over(measured => (pick(measured) ?? 0) / measured.seconds)
  return {
    perSecond: over(({ count, seconds }) => count / seconds),
    perCpuSecond: over(({ count, cpu }) => count / cpu),
    latency: Object.fromEntries(
      parts.map(part => [
        part,
        {
          p50: over(({ latency }) => latency[part]?.p50 ?? 0),
          p95: over(({ latency }) => latency[part]?.p95 ?? 0),
          p99: over(({ latency }) => latency[part]?.p99 ?? 0),
        },
      ]),
    ),
    serverCores: over(({ cpu, seconds }) => cpu / seconds),
    redisCores: cores(({ redisCpu }) => redisCpu),
    postgresCores: cores(({ postgresCpu }) => postgresCpu),
  }
}

/**
 * One table a step. `vs` compares requests per CPU second with the plain Redis adapter on as many workers; a sign-in
 * by password is compared, per second, with what argon2 alone reaches on these cores.
 */
export function table(rows: readonly Row[]): string {
  const argon2 = rows.find(row => row.subject === rawArgon2)
  const head = [
    'subject',
    'workers',
    'per s',
    'p50 ms',
    'p99 ms',
    'per CPU s',
    argon2 ? 'vs argon2' : 'vs redis',
    'cores',
    'Redis',
    'PostgreSQL',
    'RSS MB',
  ]
  const lines = rows.map(row => {
    const { perSecond, perCpuSecond, latency, serverCores, redisCores, postgresCores } = summary(row)
    const plain = rows.find(other => other.subject === 'redis' && other.workers === row.workers)
    const vsPlain = plain ? perCpuSecond / summary(plain).perCpuSecond : null
    const ratio = argon2 ? perSecond / summary(argon2).perSecond : vsPlain
    return [
      row.subject,
      String(row.workers),
      count(perSecond),
      milliseconds(latency, 'p50'),
      milliseconds(latency, 'p99'),
      count(perCpuSecond),
      row === (argon2 ?? plain) ? '' : decimals(ratio),
      decimals(serverCores),
      decimals(redisCores),
      decimals(postgresCores),
      row.rss.length ? String(Math.round(Math.max(...row.rss))) : '–',
    ]
  })
  return aligned([head, ...lines])
}

/** Columns padded to their widest cell; the first to the left, numbers to the right. */
export function aligned(lines: readonly (readonly string[])[]) {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  return lines.map(line => `  ${line.map(cell).join('  ')}`).join('\n')
}

/** The whole action first, then its parts: `12.3 (4.5 + 7.8)`. */
function milliseconds(latency: Record<string, Latency>, which: keyof Latency) {
  const { whole, ...parts } = latency
  if (!whole) return '–'
  const each = Object.values(parts).map(part => part[which].toFixed(1))
  return whole[which].toFixed(1) + (each.length ? ` (${each.join(' + ')})` : '')
}

function count(number: number) {
  return number < 100 ? number.toFixed(1) : Math.round(number).toLocaleString('en')
}

function decimals(number: number | null) {
  return number == null ? '–' : number.toFixed(2)
}

export function median(numbers: readonly number[]) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, sorted[Math.floor(sorted.length / 2)] ?? 0]
  return (low + high) / 2
}
