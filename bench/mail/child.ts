/** The process of the mail server, so that it and the load generator do not slow each other down. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { MailServer } from '../../test/support/mail-server.ts'

/** `silent` accepts connections and never answers; `unreachable` refuses them. */
export type Behavior = 'healthy' | 'silent' | 'unreachable'

export type Order = { port: number; behavior: Behavior } | { tally: true }
/** `arrivals`: the recipient of each accepted email */
export type Report = { done: true } | { arrivals: string[] }

const arrivals: string[] = []
let end = async () => {}

process.on('message', async (order: Order) => {
  if ('tally' in order) return report({ arrivals })
  await end()
  end = await begin(order.behavior, order.port)
  report({ done: true })
})
process.once('disconnect', () => process.exit())

async function begin(behavior: Behavior, port: number) {
  if (behavior === 'unreachable') return async () => {}
  if (behavior === 'silent') return listenSilently(port)
  const server = await MailServer.start({ port, onEmail: ({ to }) => arrivals.push(...to) })
  return () => server.stop()
}

async function listenSilently(port: number) {
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
}

function report(message: Report) {
  process.send?.(message)
}
