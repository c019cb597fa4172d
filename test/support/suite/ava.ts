import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

const AVA = fileURLToPath(new URL('../../../node_modules/ava/entrypoints/cli.js', import.meta.url))
/** AVA's name for a bundle, where ours for the file follows it. */
const BUNDLE = /\b\d{3} \S+ (?=test\/\S+\.test\.ts )/
const FILE = /(test\/\S+\.test\.ts(?: \[embedded\])?) › /
/** Where AVA names the bundle that failed instead of a test: it exited by itself, tests remained, an error was not caught. */
const WHOLE_BUNDLE = /^(?:[✘×]|Uncaught exception in|Unhandled rejection in) .*?(test\/bundles\/\S+\.test\.ts)\b/

/**
 * Runs AVA and counts its results: AVA reports one line per test, on a stream that tests cannot write to.
 * @returns counts for each file or, for a failure of no single file, its bundle; '' where AVA ran the files directly, or
 *   where a failure belongs to neither
 */
export async function runAva(args: readonly string[], env: Record<string, string>): Promise<Map<string, Counts>> {
  const colour = process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {}
  const child = spawn(process.execPath, [AVA, ...args], {
    stdio: ['inherit', 'pipe', 'inherit'],
    env: { ...process.env, ...colour, ...env },
  })
  const terminate = () => child.kill('SIGTERM')
  process.once('SIGTERM', terminate)

  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  const tally = new Map<string, Counts>()
  const count = (file: string, what: keyof Counts) => {
    const counts = tally.get(file) ?? { passed: 0, failed: 0, skipped: 0 }
    counts[what] += 1
    tally.set(file, counts)
  }
  for await (const line of createInterface(child.stdout)) {
    const shown = line.replace(BUNDLE, '')
    console.log(shown)
    const text = stripVTControlCharacters(shown).trimStart()
    const bundle = WHOLE_BUNDLE.exec(text)?.[1]
    const file = FILE.exec(text)?.[1] ?? ''
    if (bundle) count(bundle, 'failed')
    else if (/^[✔√]/.test(text)) count(file, 'passed')
    else if (/^[✘×]/.test(text)) count(file, 'failed')
    else if (/^- \[(skip|todo)\]/.test(text)) count(file, 'skipped')
  }
  if ((await ended) !== 0 && [...tally.values()].every(({ failed }) => failed === 0)) count('', 'failed')
  process.off('SIGTERM', terminate)
  return tally
}
