import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import Koa, { type Context } from 'koa'
import { bearer } from '../../../demo/api.ts'
import { metadataPaths, metadataUrl, protectedResource } from '../../../demo/protected-resource.ts'

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
  const metadata = protectedResource({ resource: resource(address), issuer, scopes })
  const jwksUri = async () => `${issuer}/jwks`
  const guard = bearer({ issuer, resource: address, scope, metadata: metadataUrl(address), jwksUri })

  const koa = new Koa()
  koa.use((ctx, next) => (metadataPaths(address).includes(ctx.path) ? metadata(ctx, next) : next()))
  koa.use((ctx, next) => guard(ctx, () => answer(ctx).then(next)))
  http.on('request', koa.callback())
  return {
    address,
    close: () => new Promise(resolve => http.close(resolve).closeAllConnections()),
  }
}

/** Without a session: each request has a server of its own. */
async function answer(ctx: Context): Promise<void> {
  if (ctx.method !== 'POST') return ctx.throw(405)
  const { sub } = ctx.state.claims
  const server = new McpServer({ name: 'Whoami', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Says who you are' }, () => ({ content: [{ type: 'text', text: sub }] }))
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
  ctx.respond = false
  await server.connect(transport)
  await transport.handleRequest(ctx.req, ctx.res)
}
