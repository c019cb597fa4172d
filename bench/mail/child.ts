/** The process of the mail server, so that it and the load generator do not slow each other down. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { MailServer } from '../../test/support/mail-server.ts'

/** `silent` accepts connections and never answers; `gone` refuses them. */
export type Manner = 'well' | 'silent' | 'gone'

export type Order = { port: number; manner: Manner } | { tally: true }
/** `arrivals`: the recipient of each accepted email */
export type Report = { done: true } | { arrivals: string[] }

const arrivals: string[] = []
let end = async () => {}

process.on('message', async (order: Order) => {
  if ('tally' in order) return report({ arrivals })
  await end()
  end = await begin(order.manner, order.port)
  report({ done: true })
})
process.once('disconnect', () => process.exit())

async function begin(manner: Manner, port: number) {
  if (manner === 'gone') return async () => {}
  if (manner === 'silent') return silence(port)
  const server = await MailServer.start({ port, onEmail: ({ to }) => arrivals.push(...to) })
  return () => server.stop()
}

async function silence(port: number) {
  const callers = new Set<Socket>()
  const server: Server = createServer(socket => {
    callers.add(socket)
    socket.on('error', () => {}).once('close', () => callers.delete(socket))
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return async () => {
    const closed = once(server, 'close')
    server.close()
    for (const caller of callers) caller.destroy()
    await closed
  }
}

function report(message: Report) {
  process.send?.(message)
}
