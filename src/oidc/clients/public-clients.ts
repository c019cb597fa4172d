import type { IncomingMessage } from 'node:http'
import getRawBody from 'raw-body'

const LIMIT = 56 * 1024

/**
 * Accepts `Authorization: Basic` with an empty secret, which some public clients send. The header proves nothing,
 * so it is turned into the `client_id` parameter that a public client has to send (RFC 6749 section 3.2.1).
 * For any other client, or with another way to authenticate, the request is left as it is and refused.
 */
export async function readEmptySecret(
  { method, req }: { method: string; req: IncomingMessage & { body?: Buffer } },
  isPublic: (id: string) => Promise<boolean>,
): Promise<void> {
  const id = method === 'POST' ? idWithEmptySecret(req.headers.authorization) : null
  if (id === null || !isForm(req) || !(await isPublic(id))) return
  const sent = req.body ?? (await getRawBody(req, { limit: LIMIT, length: req.headers['content-length'] ?? null }))
  req.body = sent
  const parameters = new URLSearchParams(sent.toString())
  const named = parameters.getAll('client_id')
  const another = ['client_secret', 'client_assertion'].some(name => parameters.get(name))
  if (another || named.some(each => each !== id)) return
  if (named.length === 0) {
    parameters.set('client_id', id)
    req.body = Buffer.from(parameters.toString())
  }
  delete req.headers.authorization
}

/** The client id before the colon, form-encoded (RFC 6749 section 2.3.1); null if a secret follows. */
function idWithEmptySecret(header: string | undefined): string | null {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  const id = encoded && /^([^:]+):$/.exec(Buffer.from(encoded, 'base64').toString())?.[1]
  return id ? (new URLSearchParams(`id=${id.replaceAll('&', '%26')}`).get('id') ?? null) : null
}

function isForm({ headers }: IncomingMessage): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
}
