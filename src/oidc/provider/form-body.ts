import type { IncomingMessage } from 'node:http'
import getRawBody from 'raw-body'

const LIMIT = 56 * 1024

type Request = { req: IncomingMessage & { body?: Buffer } }

/** The parameters of a form that the library has not read yet; null if the body is no form. */
export async function readForm({ req }: Request): Promise<URLSearchParams | null> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(req.headers['content-type'] ?? '')) return null
  req.body ??= await getRawBody(req, { limit: LIMIT, length: req.headers['content-length'] ?? null })
  return new URLSearchParams(req.body.toString())
}

/** The library reads these parameters instead of those that were sent. */
export function replaceForm({ req }: Request, form: URLSearchParams): void {
  req.body = Buffer.from(form.toString())
}
