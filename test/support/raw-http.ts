import { connect } from 'node:net'

export interface Answer {
  /** 0: the connection was closed without an answer. */
  status: number
  /** The status line and the headers, just as they came. */
  head: string
  body: string
}

/**
 * Sends these very bytes to a server on this machine and takes all that comes until it closes the connection: for what
 * a well-behaved client would mend or refuse to send. Ask for `Connection: close`.
 */
export async function exchangeRaw(url: string, bytes: string): Promise<Answer> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A server that has refused closes while we still send; what it said until then is the answer.
  socket.on('error', () => {})
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket.write(bytes)
  await closed
  const text = Buffer.concat(chunks).toString()
  const end = text.indexOf('\r\n\r\n')
  const head = end < 0 ? text : text.slice(0, end)
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: end < 0 ? '' : text.slice(end + 4) }
}
