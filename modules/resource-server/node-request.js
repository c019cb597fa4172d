/**
 * A request of node:http, also as Express, Koa and Fastify pass it on.
 * @param {import('node:http').IncomingMessage & { originalUrl?: string }} req
 * @returns {import('./protected-api.js').ApiRequest}
 */
export function nodeRequest(req) {
  return {
    method: req.method ?? '',
    path: pathOf(req.originalUrl ?? req.url ?? ''),
    header: name => req.headers[name]?.toString(),
  }
}

/** The path of a request target, which can be a whole URL (RFC 9112 section 3.2.2). @param {string} target */
export function pathOf(target) {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/'
}

/** @param {import('node:http').ServerResponse} res @param {import('./types.d.ts').Answer} answer */
export function send(res, { status, headers, body }) {
  res.writeHead(status, headers).end(body)
}
