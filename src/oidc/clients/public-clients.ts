import type { IncomingMessage } from 'node:http'
import getRawBody from 'raw-body'

const LIMIT = 56 * 1024

/**
 * Some programs without a secret send `Authorization: Basic` with their id and an empty secret. The header proves
 * nothing: of a public client it is read as the `client_id` that such a client has to send (RFC 6749 section 3.2.1). Of
 * any other client, and beside another way to authenticate, the request stays as it is and is refused.
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

/** What stands before the colon, encoded as in a form (RFC 6749 section 2.3.1); null where a secret follows. */
function idWithEmptySecret(header: string | undefined): string | null {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  const id = encoded && /^([^:]+):$/.exec(Buffer.from(encoded, 'base64').toString())?.[1]
  return id ? (new URLSearchParams(`id=${id.replaceAll('&', '%26')}`).get('id') ?? null) : null
}

function isForm({ headers }: IncomingMessage): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')
}
