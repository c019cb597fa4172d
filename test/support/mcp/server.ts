import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { protect, requireScope } from 'gatehouse/resource-server/koa'
import Koa, { type Context } from 'koa'

interface Options {
  issuer: string
  /** The scope that its tool needs. */
  scope: string
  /** The path of its address; without one, libraries write a slash at the end. */
  path: string
  /** What its metadata says of its scopes. */
  scopes: string[]
  /** What its metadata says of its identifier; its address by default. */
  resource?: (address: string) => string
}

/** A server of the Model Context Protocol with one tool, which says for whom it was called. */
export async function startMcpServer({ issuer, scope, path, scopes, resource = address => address }: Options) {
  const http = createServer()
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const address = `http://localhost:${(http.address() as AddressInfo).port}${path}`
  const api = protect({ issuer, audience: address, scopesSupported: scopes })

  const koa = new Koa()
  koa.use(async (ctx, next) => {
    await next()
    if (ctx.path.startsWith('/.well-known/')) ctx.body = { ...JSON.parse(ctx.body), resource: resource(address) }
  })
  koa.use(api)
  koa.use(requireScope(scope))
  koa.use(answer)
  http.on('request', koa.callback())
  return {
    address,
    close: () => {
      api.close()
      return new Promise(resolve => http.close(resolve).closeAllConnections())
    },
  }
}

/** Without a session: each request has a server of its own. */
async function answer(ctx: Context): Promise<void> {
  if (ctx.method !== 'POST') return ctx.throw(405)
  const { subject } = ctx.state.access
  const server = new McpServer({ name: 'Whoami', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Says who you are' }, () => ({
    content: [{ type: 'text', text: subject }],
  }))
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
  ctx.respond = false
  await server.connect(transport)
  await transport.handleRequest(ctx.req, ctx.res)
}
