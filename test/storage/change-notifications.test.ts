import { createServer } from 'node:net'
import test from 'ava'
import { postgresListener } from '../../src/storage/change-feed/notification-listeners.ts'
import { eventually } from '../support/eventually.ts'

/** The messages of PostgreSQL to an authenticated client: AuthenticationOk, ReadyForQuery. */
const AUTHENTICATED = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49])

test('a connection lost while LISTEN is sent neither ends the process nor leaves a connection open', async t => {
  const open = new Set<unknown>()
  const server = createServer(socket => {
    let authenticated = false
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => {})
    socket.on('data', () => {
      if (authenticated) socket.resetAndDestroy()
      else authenticated = socket.write(AUTHENTICATED)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  t.teardown(() => process.off('uncaughtException', note))

  const listen = postgresListener(
    {
      host: '127.0.0.1',
      port,
      user: 'user',
      password: 'password',
      database: 'database',
      connectionTimeoutMillis: 5000,
    },
    'changed',
    async () => {},
  )
  await t.throwsAsync(
    listen(
      () => {},
      () => {},
    ),
  )
  t.true(await eventually(() => open.size === 0))
  t.deepEqual(uncaught, [])
})
