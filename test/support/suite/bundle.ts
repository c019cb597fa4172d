import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import ava from 'ava'
import { cpuSeconds } from './cpu.ts'
import { type Begun, nameOn, type Timing, type Usage } from './report.ts'
import { Slots } from './slots.ts'

/**
 * Runs several test files in one process, so that the product is loaded once: loading it takes longer than the tests of
 * most files. The files need not know. Each imports `ava` and declares its tests as always, but gets an `ava` of its own
 * that collects its declarations; AVA itself, which begins after the first declaration, gets them all at the end. Each file starts
 * its own Gatehouse, so no file sees data of another.
 */

/** Tests of one process that run at the same time. */
const AT_ONCE = 10

/** `test`, `test.serial`, `test.after.always` and so on. */
interface Chain {
  (...args: unknown[]): unknown
  readonly [part: string]: Chain
}
type Work = (t: Test, ...rest: unknown[]) => unknown
interface Test {
  readonly title: string
  teardown(work: () => void): void
}

const slots = new Slots(AT_ONCE)
const declarations: (() => void)[] = []

/**
 * Imports the files and hands their tests to AVA.
 * @param files paths from the root of the project
 * @param env environment variables that select the storage
 */
export async function bundle(files: readonly string[], env: Record<string, string>): Promise<void> {
  Object.assign(process.env, env)
  const named = files.map(file => nameOn(env.STORAGE, file))
  const urls = new Map(files.map((file, i) => [new URL(`../../../${file}`, import.meta.url).href, named[i]!]))
  registerHooks({
    resolve(specifier, context, next) {
      const file = specifier === 'ava' && urls.get(context.parentURL ?? '')
      return file ? { url: avaFor(file), shortCircuit: true } : next(specifier, context)
    },
  })
  for (const [url, file] of urls) {
    report({ began: file })
    await import(url)
  }
  for (const declare of declarations) declare()
  ava.after.always('the end', () => report({ ended: named, cpu: cpuSeconds() }))
}

/** The address of a module that replaces `ava` for one file. */
function avaFor(file: string): string {
  return `data:text/javascript,import { noting } from '${import.meta.url}'; export default noting('${file}')`
}

/** Replaces `test`, or a part of it such as `test.serial`, for one file. */
export function noting(file: string, chain = ava as unknown as Chain): Chain {
  return new Proxy(chain, {
    get(_, part: string) {
      if (part === 'runIf' || part === 'skipIf')
        return (condition: boolean) => noting(file, chain[part]!(condition) as Chain)
      return noting(file, chain[part])
    },
    apply(_, __, args) {
      const [title, work, ...rest] = typeof args[0] === 'string' ? args : [chain.name, ...args]
      const wrap = /before|after/.test(chain.name) ? ofOneFile : inTurn
      declarations.push(() => chain(`${file} › ${title}`, wrap(file, title, work), ...rest))
    },
  })
}

/** AVA runs a `beforeEach` for every test of the process; its title names the test. */
function ofOneFile(file: string, _: string, work: Work): Work {
  return (t, ...rest) => {
    const [, test] = t.title.split(' for test/')
    if (test === undefined || `test/${test}`.startsWith(file)) return work(t, ...rest)
  }
}

/** Waits for a free slot, and reports how long the test took from there. */
function inTurn(file: string, title: string, work: Work): Work {
  return async (t, ...rest) => {
    await slots.take()
    const began = performance.now()
    report({ began: file, title })
    t.teardown(() => {
      slots.free()
      report({ file, title, seconds: (performance.now() - began) / 1000 })
    })
    await work(t, ...rest)
  }
}

/** One line of the report that `test/run.ts` reads at the end. */
export type ReportLine = Timing | Begun | Usage

function report(line: ReportLine): void {
  if (process.env.TEST_REPORT) appendFileSync(process.env.TEST_REPORT, `${JSON.stringify(line)}\n`)
}
