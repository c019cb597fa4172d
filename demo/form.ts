import type { IncomingMessage } from 'node:http'

const LARGEST = 4096

/** The fields of a posted form; empty where the body is larger than any form of the demo. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk
    if (body.length > LARGEST) return new URLSearchParams()
  }
  return new URLSearchParams(body)
}
