import type { IncomingMessage } from 'node:http'
import { readForm, replaceForm } from '../provider/form-body.ts'

/**
 * Accepts `Authorization: Basic` with an empty secret, which some public clients send. The header proves nothing,
 * so it is turned into the `client_id` parameter that a public client has to send (RFC 6749 section 3.2.1).
 * For any other client, or with another way to authenticate, the request is left as it is and refused.
 */
export async function readEmptySecret(
  ctx: { method: string; req: IncomingMessage & { body?: Buffer } },
  isPublic: (id: string) => Promise<boolean>,
): Promise<void> {
  const id = ctx.method === 'POST' ? idWithEmptySecret(ctx.req.headers.authorization) : null
  if (id === null || !(await isPublic(id))) return
  const form = await readForm(ctx)
  if (!form) return
  const named = form.getAll('client_id')
  const another = ['client_secret', 'client_assertion'].some(name => form.get(name))
  if (another || named.some(each => each !== id)) return
  if (named.length === 0) {
    form.set('client_id', id)
    replaceForm(ctx, form)
  }
  delete ctx.req.headers.authorization
}

/** The client id before the colon, form-encoded (RFC 6749 section 2.3.1); null if a secret follows. */
function idWithEmptySecret(header: string | undefined): string | null {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1]
  const id = encoded && /^([^:]+):$/.exec(Buffer.from(encoded, 'base64').toString())?.[1]
  return id ? (new URLSearchParams(`id=${id.replaceAll('&', '%26')}`).get('id') ?? null) : null
}
