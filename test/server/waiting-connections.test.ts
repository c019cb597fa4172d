import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import { GracefulShutdown } from '../../src/http/server/graceful-shutdown.ts'

const CONNECTIONS = 20

/** Connects and sends requests while the process of the server is busy, then counts the responses. */
const CLIENTS = `
  const { createConnection } = require('node:net')
  const { parentPort, workerData: { port, connected, count } } = require('node:worker_threads')
  let [answered, closed] = [0, 0]
  for (let i = 0; i < count; i += 1) {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => {
      socket.write('GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n', () => {
        Atomics.add(connected, 0, 1)
        Atomics.notify(connected, 0)
      })
    })
    socket.once('data', () => (answered += 1))
    socket.on('error', () => {})
    socket.once('close', () => {
      closed += 1
      if (closed === count) parentPort.postMessage(answered)
    })
  }
`

test('F-7: connections that wait to be accepted when a busy process stops are answered', async t => {
  const http = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const shutdown = new GracefulShutdown(http)
  const connected = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(CLIENTS, { eval: true, workerData: { port, connected, count: CONNECTIONS } })
  const answered = once(worker, 'message')
  // This thread does nothing else meanwhile, so it accepts none of them.
  await once(worker, 'online')
  for (let made = 0; made < CONNECTIONS; made = Atomics.load(connected, 0)) Atomics.wait(connected, 0, made, 60_000)

  await shutdown.run(1)

  t.deepEqual(await answered, [CONNECTIONS])
})
