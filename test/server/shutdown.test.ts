import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { GracefulShutdown } from '../../src/http/server/graceful-shutdown.ts'
import { eventually } from '../support/eventually.ts'
import { installation, serve } from './served.ts'

const here = await installation()
test.after.always(() => here.remove())

const BODY = 'grant_type=client_credentials&client_id=nobody&client_secret=x'

/** A request that the server has begun to read, and whose body is still being written. */
async function begin(port: string): Promise<Socket> {
  const socket = createConnection({ host: 'localhost', port: Number(port) })
  await once(socket, 'connect')
  const head = ['POST /token HTTP/1.1', 'Host: localhost', 'Content-Type: application/x-www-form-urlencoded']
  socket.write(`${[...head, `Content-Length: ${BODY.length}`, 'Expect: 100-continue'].join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  socket.write(BODY.slice(0, 20))
  return socket
}

async function finish(socket: Socket): Promise<string> {
  let answer = ''
  socket.on('data', chunk => (answer += chunk))
  socket.write(BODY.slice(20))
  await once(socket, 'close')
  return answer
}

test.serial('on SIGTERM the server reports not ready, finishes requests under way, then exits', async t => {
  const { url, stop, output } = await serve({ ...here.env, SHUTDOWN_DELAY: '5s' })
  const slow = await begin(here.env.PORT!)

  const ended = stop('SIGTERM')
  let checks: unknown
  const refuses = async () => {
    const response = await fetch(`${url}/readyz`)
    checks = ((await response.json()) as { checks: unknown }).checks
    return response.status === 503
  }
  t.true(await eventually(refuses))
  t.like(checks, { process: 'stopping', database: 'ok' })
  const last = await fetch(`${url}/.well-known/openid-configuration`)
  t.is(last.status, 200)

  const closed = () =>
    fetch(url).then(
      () => false,
      () => true,
    )
  t.true(await eventually(closed))
  t.is(await Promise.race([ended, sleep(300, 'still running')]), 'still running')
  const answer = await finish(slow)
  t.regex(answer, /^HTTP\/1\.1 401 /)
  t.regex(answer, /invalid_client/)
  t.regex(answer, /\r\nConnection: close\r\n/i, 'F-7: nothing more is sent on it')
  t.is(await ended, 0, output())
})

test.serial('an idle connection does not prevent the exit', async t => {
  const { url, stop } = await serve(here.env)
  const idle = createConnection({ host: 'localhost', port: Number(here.env.PORT) })
  t.teardown(() => idle.destroy())
  await once(idle, 'connect')
  t.is((await fetch(url)).status, 200)
  t.is(await stop('SIGINT'), 0)
})

test('idle connections, used before or not, are closed at once, not with those that are closed by force at the end', async t => {
  const http = createServer({ keepAliveTimeout: 600_000 }, (_, response) => void response.end())
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const unused = createConnection(port, '127.0.0.1')
  await once(unused, 'connect')
  const idle = createConnection(port, '127.0.0.1')
  idle.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(idle, 'data')
  let forced = false
  const closeAll = http.closeAllConnections.bind(http)
  http.closeAllConnections = () => {
    forced = true
    closeAll()
  }
  await Promise.all([once(idle, 'close'), once(unused, 'close'), new GracefulShutdown(http).run(0)])
  t.false(forced)
})

test.serial('F-7: a request on an open connection while the server stops is answered, and is the last one', async t => {
  const { url, stop, output } = await serve({ ...here.env, SHUTDOWN_IDLE_TIMEOUT: '20s' })
  const idle = createConnection({ host: 'localhost', port: Number(here.env.PORT) })
  t.teardown(() => idle.destroy())
  let answers = ''
  idle.on('data', chunk => (answers += chunk))
  const ask = () => idle.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  ask()
  t.true(await eventually(() => answers.endsWith('}')))
  t.regex(answers, /\r\nConnection: keep-alive\r\n/i)

  const ended = stop('SIGTERM')
  const refused = () =>
    fetch(url, { headers: { connection: 'close' } }).then(
      () => false,
      () => true,
    )
  t.true(await eventually(refused))
  answers = ''
  ask()
  await once(idle, 'close')
  t.regex(answers, /^HTTP\/1\.1 200 /)
  t.regex(answers, /\r\nConnection: close\r\n/i)
  t.is(await ended, 0, output())
})
