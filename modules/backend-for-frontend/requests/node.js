import { pipeline } from 'node:stream/promises'

const READ_ALREADY =
  'gatehouse/backend-for-frontend: the body of the request has been read already. Use its middleware and forward() before anything that parses bodies, such as express.json().'

/**
 * A request of node:http, also as Express, Koa and Fastify wrap it.
 * @param {import('node:http').IncomingMessage & { originalUrl?: string, body?: unknown }} req
 * @param {import('node:http').ServerResponse} [res]
 * @returns {import('./incoming.js').Incoming}
 */
export function fromNode(req, res) {
  return {
    method: req.method ?? 'GET',
    target: req.originalUrl ?? req.url ?? '/',
    header: name => joined(req.headers[name]),
    headers: () => Array.from({ length: req.rawHeaders.length / 2 }, (_, i) => pairAt(req.rawHeaders, i)),
    hasBody: hasBody(req),
    body() {
      if (req.readableDidRead) throw new Error(READ_ALREADY)
      // What is not read before the answer must not block the connection, which the answer needs.
      res?.once('finish', () => req.resume())
      return req.iterator({ destroyOnReturn: false })
    },
    parsed: req.body,
    closed: () => res && closing(res),
  }
}

/**
 * @param {import('node:http').ServerResponse} res
 * @param {import('./answers.js').Answer} answer
 */
export async function send(res, { status, headers, body }) {
  res.statusCode = status
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  if (typeof body === 'string') res.end(body)
  // If either side breaks off, the other one is closed too.
  else await pipeline(body, res).catch(() => res.destroy())
}

/** HTTP/2 says nothing about the body before it comes. @param {import('node:http').IncomingMessage} req */
function hasBody({ headers, method, httpVersionMajor }) {
  const length = headers['content-length']
  if (length !== undefined) return Number(length) > 0
  return headers['transfer-encoding'] !== undefined || (httpVersionMajor > 1 && method !== 'GET' && method !== 'HEAD')
}

/** @param {string[]} raw @param {number} i @returns {[string, string]} */
function pairAt(raw, i) {
  return [raw[2 * i] ?? '', raw[2 * i + 1] ?? '']
}

/** @param {string | string[] | undefined} value */
function joined(value) {
  return Array.isArray(value) ? value.join(', ') : value
}

/** @param {import('node:http').ServerResponse} res */
function closing(res) {
  const controller = new AbortController()
  res.once('close', () => controller.abort())
  return controller.signal
}
