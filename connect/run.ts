/**
 * `node connect/run.ts [PROGRAM…]`: connects programs that others wrote to a Gatehouse of their own, each as its own
 * documentation says, and goes through sign-in, refresh and sign-out with each of them in Chromium. Programs whose
 * toolchain this machine does not have are left out, and named; with REQUIRE_ALL=1 or CI=true they have failed.
 */
import { launchChromium } from '../test/support/chromium.ts'
import { Connection, type Context, type Program, secondsSince } from './kit/connection.ts'
import { Provider } from './kit/provider.ts'
import { Report } from './kit/report.ts'
import { type Toolchain, versionOf } from './kit/toolchains.ts'
import { PROGRAMS } from './programs.ts'

/** At most two programs run at a time. */
const LANES = 2

const wanted = process.argv.slice(2)
const unknown = wanted.filter(name => !PROGRAMS.some(program => program.name === name))
if (unknown.length > 0) {
  console.log(`There is no program ${unknown.join(', ')}. There are: ${PROGRAMS.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const chosen = PROGRAMS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))

const report = new Report()
const missing = new Set<Toolchain>()
for (const name of new Set(['chromium', ...chosen.flatMap(({ needs }) => needs)] as Toolchain[])) {
  const version = versionOf(name)
  console.log(`${name}: ${version ?? 'is not installed'}`)
  if (version === null) missing.add(name)
}

const browser = await launchChromium()
const provider = await Provider.start()
try {
  const waiting = [...chosen]
  const lane = async () => {
    for (let program = waiting.shift(); program; program = waiting.shift())
      await connect(program, { provider, browser, report })
  }
  await Promise.all(Array.from({ length: LANES }, lane))
} finally {
  await browser.close()
  await provider.stop()
}
console.log(`\n${process.uptime().toFixed(0)} s`)
console.log(`${report.passed} passed, ${report.failed} failed`)
process.exitCode = report.failed > 0 ? 1 : 0

async function connect({ name, needs, connect }: Program, context: Context): Promise<void> {
  const begun = performance.now()
  const lacking = needs.filter(each => missing.has(each))
  if (lacking.length > 0) return leaveOut(name, lacking)
  const connection = await Connection.open(name, context)
  try {
    await connect(connection)
  } catch (error) {
    report.fail(name, 'runs', secondsSince(begun), error, connection.evidence())
  } finally {
    await connection.close()
  }
}

function leaveOut(name: string, lacking: readonly Toolchain[]): void {
  const reason = `this machine does not have ${lacking.join(' and ')}`
  if (process.env.REQUIRE_ALL === '1' || process.env.CI === 'true') report.fail(name, 'runs', 0, reason)
  else console.log(`- ${name} does not run: ${reason}`)
}
