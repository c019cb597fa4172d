import { readFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import { request } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import anyTest, { type TestFn } from 'ava'
import type { App } from '../../src/app.ts'
import { newSecret } from '../../src/base/secrets.ts'
import { federationRoutes } from '../../src/http/federation/routes.ts'
import { protocolPages } from '../../src/http/kit/errors/protocol-pages.ts'
import { Pages } from '../../src/http/kit/pages/pages.ts'
import { showing } from '../../src/http/kit/pages/show.ts'
import { linkRoutes, ROUTES } from '../../src/http/links/routes.ts'
import { mailboxRoutes } from '../../src/http/mailbox.ts'
import { Forms } from '../../src/http/middleware/forms.ts'
import { StoredRequestsLimit } from '../../src/http/middleware/stored-requests-limit.ts'
import { interactionRoutes } from '../../src/http/sign-in/routes.ts'
import { locales } from '../../src/i18n/locale.ts'
import { Interactions } from '../../src/oidc/interactions/interactions.ts'
import { CurrentProvider } from '../../src/oidc/provider/current-provider.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { type Nginx, publicPorts, startNginx } from '../support/nginx.ts'
import { findProgram, freePort } from '../support/programs.ts'

/** The shipped nginx configuration in front of an application that responds with the request it received. */

interface Arrival {
  server: number
  url: string
  headers: IncomingHttpHeaders
  body: string
}

const test = anyTest as TestFn<{ nginx: Nginx; servers: Server[] }>
const installed = findProgram('nginx') !== null && findProgram('openssl') !== null

test.before(async t => {
  if (!installed) return
  const ports = await publicPorts()
  const servers = await Promise.all([application(0), application(1)])
  const addresses = servers.map(server => `127.0.0.1:${(server.address() as AddressInfo).port}`)
  const nginx = await startNginx(addresses, ports)
  t.context = { nginx: nginx!, servers }
})

test.after.always(async t => {
  await t.context.nginx?.stop()
  for (const server of t.context.servers ?? []) server.close()
})

test('nginx limits the public forms that store records', async t => {
  const template = await readFile(new URL('../../nginx/gatehouse.conf.template', import.meta.url), 'utf8')
  const [, counted] = /"~(.*)" \$binary_remote_addr;/.exec(template)!
  const forms = ROUTES.filter(({ leavesRecord }) => leavesRecord)
  t.true(forms.length > 0)
  for (const { path } of forms) t.regex(path, new RegExp(counted!))
})

test.runIf(installed)('plain HTTP redirects to the public address, whatever the Host header', async t => {
  const answer = await fetch(`${t.context.nginx.httpUrl}/auth?client_id=a`, {
    redirect: 'manual',
    headers: { host: 'evil.test' },
  })
  t.is(answer.status, 308)
  t.is(answer.headers.get('location'), `${t.context.nginx.url}/auth?client_id=a`)
})

test.runIf(installed)('proxy headers of the browser are replaced by those of nginx', async t => {
  const { arrival, headers } = await get(t.context.nginx, '/me', {
    'X-Forwarded-For': '192.0.2.1',
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Host': 'evil.test',
    'X-Forwarded-Port': '1',
    'X-Real-IP': '192.0.2.1',
    'True-Client-IP': '192.0.2.1',
    'X-Request-Id': 'mine',
    Forwarded: 'for=192.0.2.1;host=evil.test',
  })
  const { host } = new URL(t.context.nginx.url)
  t.is(arrival.headers.host, host)
  t.is(arrival.headers['x-forwarded-for'], '127.0.0.1')
  t.is(arrival.headers['x-forwarded-proto'], 'https')
  t.is(arrival.headers['x-forwarded-host'], host)
  t.regex(String(arrival.headers['x-request-id']), /^[0-9a-f]{32}$/)
  for (const name of ['x-forwarded-port', 'x-real-ip', 'true-client-ip', 'forwarded']) {
    t.false(name in arrival.headers, name)
  }
  t.is(headers['strict-transport-security'], 'max-age=31536000')
})

test.runIf(installed)('headers with an underscore are dropped', async t => {
  const { arrival } = await get(t.context.nginx, '/me', { X_Forwarded_For: '192.0.2.1', X_Other: '1' })
  t.deepEqual(
    Object.keys(arrival.headers).filter(name => name.includes('_')),
    [],
  )
})

test.runIf(installed)('a request for another host name is not served', async t => {
  const { status } = await get(t.context.nginx, '/', { Host: 'evil.test' })
  t.is(status, 421)
})

test.runIf(installed)('the health checks are not public', async t => {
  for (const path of ['/healthz', '/readyz', '/id/healthz', '/%68ealthz', '/x/../readyz']) {
    t.is((await get(t.context.nginx, path)).status, 404, path)
  }
})

test.runIf(installed)('requests are distributed over all Gatehouse processes', async t => {
  const seen = new Set<number>()
  for (let i = 0; i < 20; i++) seen.add((await get(t.context.nginx, '/')).arrival.server)
  t.deepEqual([...seen].sort(), [0, 1])
})

test.runIf(installed)('a process that is down is skipped, for form posts too', async t => {
  const { port } = t.context.servers[0]!.address() as AddressInfo
  const nginx = await startNginx([`127.0.0.1:${await freePort()}`, `127.0.0.1:${port}`], await publicPorts())
  t.teardown(() => nginx!.stop())
  for (let i = 0; i < 4; i++) t.is((await get(nginx!, '/token', {}, 'a=b')).status, 200)
})

test.runIf(installed)('F-7: restarting the processes one after the other, however fast, loses no request', async t => {
  const restarting = await Promise.all([application(0), application(1)])
  const ports = restarting.map(server => (server.address() as AddressInfo).port)
  const nginx = await startNginx(
    ports.map(port => `127.0.0.1:${port}`),
    await publicPorts(),
  )
  t.teardown(async () => {
    await nginx!.stop()
    for (const server of restarting) server.close()
  })
  for (const turn of [0, 1, 0]) {
    restarting[turn]!.closeAllConnections()
    await new Promise(resolve => restarting[turn]!.close(resolve))
    for (let i = 0; i < 6; i++) t.is((await get(nginx!, '/token', {}, 'a=b')).status, 200)
    await new Promise<void>(resolve => restarting[turn]!.listen(ports[turn], '127.0.0.1', resolve))
  }
})

test.runIf(installed)('a form is passed on completely, and an oversized body or header is refused', async t => {
  const { nginx } = t.context
  const { arrival } = await get(nginx, '/token', {}, 'a'.repeat(60_000))
  t.is(arrival.body.length, 60_000)
  t.is((await get(nginx, '/token', {}, 'a'.repeat(70_000))).status, 413)
  t.is((await get(nginx, '/', { 'X-Long': 'a'.repeat(20_000) })).status, 400)
  t.is((await get(nginx, `/${'a'.repeat(20_000)}`)).status, 414)
})

const AMBIGUOUS = {
  'two names': ['Host: localhost', 'Host: evil.test'],
  'two lengths': ['Host: localhost', 'Content-Length: 1', 'Content-Length: 2'],
  'a length and chunked encoding': ['Host: localhost', 'Content-Length: 5', 'Transfer-Encoding: chunked'],
}

for (const [what, headers] of Object.entries(AMBIGUOUS)) {
  test.runIf(installed)(`a request with ${what} is refused`, async t => {
    t.regex(await raw(t.context.nginx, ['POST / HTTP/1.1', ...headers, '', '0', '', '']), /^HTTP\/1\.1 400 /)
  })
}

test.runIf(installed)('an absolute URL in the request line does not change the host name', async t => {
  const answer = await raw(t.context.nginx, ['GET https://evil.test/ HTTP/1.1', 'Host: localhost', '', ''])
  t.regex(answer, /^HTTP\/1\.1 421 /)
})

test.runIf(installed)('F-20: nginx logs neither the token in any path nor the query', async t => {
  const { nginx } = t.context
  const gatehouse = await startGatehouse()
  t.teardown(() => gatehouse.stop())
  const paths = tokenRoutes(gatehouse.app)
  t.true(paths.length >= 10, paths.join())
  const token = newSecret()
  for (const path of paths) {
    const filled = path.replace(':token', token).replace(/:\w+/, 'an-id')
    await get(nginx, filled)
    await get(nginx, `/id${filled}/`)
  }
  for (const tail of ['%20', '.', '/more', `/${token}/x/${token}`])
    await get(nginx, `/report-compromise/${token}${tail}`)
  const { arrival } = await get(nginx, '/auth?login_hint=ada@example.test')
  await get(nginx, '/interaction/another-long-part-of-a-path/sign-in')
  await get(nginx, '/.well-known/openid-configuration')
  await get(nginx, `/${'/a'.repeat(3000)}/${token}`)

  const log = await nginx.accessLog()
  t.false(log.includes(token))
  t.notRegex(log, /ada@example|long-part/)
  t.regex(log, /"GET \/id\/undo-email-change\/\*\*\*\/ HTTP/)
  t.regex(log, /"GET \/interaction\/\*\*\*\/sign-in HTTP/)
  t.regex(log, /"GET \/auth HTTP/)
  t.regex(log, /"GET \/.well-known\/openid-configuration HTTP/)
  t.regex(log, new RegExp(` ${arrival.headers['x-request-id']}\n`), 'F-27: the request id that Gatehouse uses too')
})

test.runIf(installed)('F-20: nginx logs no token when no process responds, but logs the failure', async t => {
  const nginx = await startNginx([`127.0.0.1:${await freePort()}`], await publicPorts())
  t.teardown(() => nginx!.stop())
  const token = newSecret()
  t.is((await get(nginx!, `/undo-email-change/${token}`)).status, 502)
  t.false((await nginx!.errorLog()).includes(token))
  t.regex(
    await nginx!.accessLog(),
    /"GET \/undo-email-change\/\*\*\* HTTP\/1\.1" 502 .* 127\.0\.0\.1:\d+ 502 [0-9a-f]{32}\n/,
  )
})

test.runIf(installed)('TLS versions below 1.2 are refused', async t => {
  const { port } = new URL(t.context.nginx.url)
  const ca = t.context.nginx.certificate
  await t.throwsAsync(
    new Promise((resolve, reject) => {
      connectTls({ port: Number(port), ca, servername: 'localhost', minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
        .once('secureConnect', resolve)
        .once('error', reject)
    }),
  )
})

/** Responds to every request with the request as it was received. */
async function application(server: number): Promise<Server> {
  const listener = createServer(async (req, res) => {
    const arrival: Arrival = { server, url: req.url ?? '', headers: req.headers, body: await text(req) }
    res.setHeader('Strict-Transport-Security', 'max-age=1').end(JSON.stringify(arrival))
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  return listener
}

/** One request to nginx by its public name; a POST if there is a body. The path is sent unchanged. */
async function get({ url, certificate }: Nginx, path: string, headers: Record<string, string> = {}, body?: string) {
  const address = {
    host: 'localhost',
    family: 4,
    servername: 'localhost',
    port: new URL(url).port,
    ca: certificate,
    agent: false,
  }
  const sent = request({ ...address, path, headers, method: body === undefined ? 'GET' : 'POST' })
  const answered = new Promise<IncomingMessage>((resolve, reject) => sent.once('response', resolve).on('error', reject))
  sent.end(body)
  const answer = await answered
  const content = await text(answer)
  const arrival = (answer.statusCode === 200 ? JSON.parse(content) : null) as Arrival
  return { status: answer.statusCode, headers: answer.headers, arrival }
}

/** Sends the lines unchanged over TLS, and returns the raw response. */
async function raw({ url, certificate }: Nginx, lines: readonly string[]): Promise<string> {
  const plain = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
  const socket = connectTls({ socket: plain, servername: 'localhost', ca: certificate })
  socket.write(lines.join('\r\n'))
  const first = await new Promise<Buffer>((resolve, reject) => socket.once('data', resolve).once('error', reject))
  socket.destroy()
  return first.toString()
}

/** The paths of every route that takes a token, from the product's own routers. */
function tokenRoutes(app: App): string[] {
  const { config, log, sealing } = app
  const forms = new Forms({ sealing, issuer: config.issuer, secure: config.secure })
  const show = showing(new Pages(config))
  const current = new CurrentProvider({ app, screens: protocolPages({ config, log, show }), locales: [...locales] })
  const parts = { app, forms, show, interactions: new Interactions({ app, current }) }
  const records = new StoredRequestsLimit(app.limits.recordsByIp)
  const routes = [linkRoutes(parts, records), interactionRoutes(parts), federationRoutes(parts), mailboxRoutes(parts)]
  const paths = routes.flatMap(({ stack }) => stack.map(({ path }) => String(path)))
  return [...new Set(paths)].filter(path => path.includes(':token'))
}
