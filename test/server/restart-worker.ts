/** A process that stores data with `keep`, reports what it finds, and kills itself with `crash`. */
import { operator } from '../../src/base/actor.ts'
import { loadConfig } from '../../src/base/config.ts'
import { startServer } from '../../src/server.ts'

const EMAIL = 'ada@example.org'
const PASSWORD = 'a horse that is rarely correct'
const { app, close } = await startServer(loadConfig())

if (process.argv[2] === 'keep') {
  const { id } = await app.scope(() => app.registration.create({ email: EMAIL, password: PASSWORD }, { by: operator }))
  const session = { uid: 'uid', accountId: id, loginTs: 1 }
  await app.artifacts.commit([{ do: 'put', kind: 'Session', id: 'a session', payload: session, ttl: 600 }])
}
const found = await app.scope(async () => {
  const account = await app.accounts.findByEmail(EMAIL)
  return {
    right: await app.passwords.verify(account, PASSWORD),
    session: (await app.artifacts.get('Session', 'a session'))?.accountId === account?.id,
    keys: (await app.keys.list()).map(({ kid }) => kid),
    history: account ? (await app.audit.of(account.id)).length : 0,
  }
})
await new Promise<void>(resolve => process.send?.(found, () => resolve()))
if (process.argv[3] === 'crash') process.kill(process.pid, 'SIGKILL')
await close()
process.disconnect?.()
