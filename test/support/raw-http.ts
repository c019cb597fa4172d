import { connect } from 'node:net'

export interface Answer {
  /** 0: the connection was closed without an answer. */
  status: number
  /** The status line and the headers, as received. */
  head: string
  body: string
}

/**
 * Sends exactly these bytes to a server on this machine, and reads until it closes the connection: for requests that a
 * well-behaved client would correct or refuse to send. Ask for `Connection: close`.
 */
export async function exchangeRaw(url: string, bytes: string): Promise<Answer> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A server that refuses the request closes while we still send; what it sent until then is the answer.
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket.write(bytes)
  await closed
  const text = Buffer.concat(chunks).toString()
  const end = text.indexOf('\r\n\r\n')
  const head = end < 0 ? text : text.slice(0, end)
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: end < 0 ? '' : text.slice(end + 4) }
}
