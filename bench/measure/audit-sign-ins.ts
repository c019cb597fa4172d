/**
 * A process that signs in on demand, with the code of a checkout: `audit-sign-ins.ts DIR DATABASE_URL REDIS_URL HASHING`.
 * Each message with a number makes so many sign-ins, and is answered with the CPU time and the time of each, in milliseconds.
 * New audit events are linked meanwhile, where that release does so.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const [checkout = '.', databaseUrl, redisUrl, hashing] = process.argv.slice(2)
const PASSWORD = 'a long enough sentence'
const PEOPLE = 20
const AT_ONCE = 4
const by = {
  kind: 'visitor',
  id: null,
  ip: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (X11; Linux) Firefox/140.0',
} as const

const { createApp } = (await import(resolve(checkout, 'src/app.ts'))) as typeof import('../../src/app.ts')
const { loadConfig } = (await import(
  resolve(checkout, 'src/base/config.ts')
)) as typeof import('../../src/base/config.ts')
const config = loadConfig({
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  SECRET_KEYS: 'a key for a benchmark: 0123456789abcdefghij',
  EMAIL_VERIFICATION: 'off',
  PASSWORD_HASHING: hashing,
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
})
const app = await createApp(config)
const emails = Array.from({ length: PEOPLE }, (_, n) => `person-${n}-${process.pid}@example.com`)
for (const email of emails)
  await app.scope(() => app.registration.create({ email, password: PASSWORD }, { by: { ...by, kind: 'operator' } }))
const chaining = resolve(checkout, 'src/ops/audit-chaining.ts')
if (existsSync(chaining)) {
  const { AuditChaining } = (await import(chaining)) as typeof import('../../src/ops/audit-chaining.ts')
  new AuditChaining(app).start()
}

process.on('message', (count: number) => void measure(count).then(measured => process.send?.(measured)))
process.send?.('ready')

async function measure(count: number) {
  const [before, began] = [process.cpuUsage(), performance.now()]
  let left = count
  const person = async () => {
    while (left-- > 0) await signIn(emails[left % PEOPLE]!)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, person))
  const time = performance.now() - began
  while ('auditChain' in app && (await app.scope(() => app.auditChain.appendAll())) > 0);
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1000 / count, time: time / count }
}

async function signIn(email: string): Promise<void> {
  await app.scope(async () => {
    const target = 'shop'
    const { account } = await app.signIn.withPassword({ email, password: PASSWORD, browserTokens: [] }, { by, target })
    const browser = await app.knownBrowsers.find(account, [])
    await app.completedSignIns.record(account, { browserTokens: [], browser, by, target })
  })
}
