/** The smallest sign-in page for a fair comparison: a form, one argon2 verification, a result. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import argon2 from 'argon2'
import type Provider from 'oidc-provider'

export function interactions(provider: Provider, digest: string) {
  return async (req: IncomingMessage, res: ServerResponse) => {
    if (req.method !== 'POST') {
      const { uid } = await provider.interactionDetails(req, res)
      res.setHeader('content-type', 'text/html; charset=utf-8')
      res.end(page(uid))
      return
    }
    const form = new URLSearchParams(await body(req))
    const accountId = form.get('email') ?? ''
    if (!(await argon2.verify(digest, form.get('password') ?? ''))) {
      res.writeHead(401).end()
      return
    }
    await provider.interactionFinished(req, res, { login: { accountId } })
  }
}

function page(uid: string) {
  return `<!doctype html><title>Sign in</title><form method="post" action="/interaction/${uid}">
<input type="email" name="email"><input type="password" name="password"><button>Sign in</button></form>`
}

async function body(req: IncomingMessage) {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
