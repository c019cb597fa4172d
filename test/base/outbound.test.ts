import { createServer, type RequestListener } from 'node:http'
import { createGzip, gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { createOutbound } from '../../src/base/network/outbound.ts'
import { Listener } from '../support/listener.ts'
import { settles } from '../support/settles.ts'

const MEGABYTE = 1024 * 1024

/** A server on the loopback address. @returns its URL */
async function server(t: ExecutionContext, handler: RequestListener): Promise<string> {
  const http = createServer(handler)
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

/** Loopback, private, link-local, mapped, unspecified and reserved addresses in several notations. */
const SPECIAL = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '0.0.0.0',
  '0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::7f00:1]',
  '[fe80::1]',
  '[fc00::1]',
  '[fd12:3456::1]',
  '[2002:7f00:1::]',
  '[ff02::1]',
]

test('D-01: requests to special-use addresses are refused in every notation', async t => {
  const outbound = createOutbound([])
  const evil = (await Listener.open(t))!
  const evil6 = await Listener.open(t, '::1')
  for (const host of SPECIAL)
    for (const port of [evil.port, evil6?.port ?? 443])
      for (const scheme of ['https', 'http'])
        await t.throwsAsync(outbound(`${scheme}://${host}:${port}/`), { message: /not allowed/ }, host)
  t.deepEqual([evil.connections, evil6?.connections ?? 0], [0, 0])
})

test('D-01: a host name is checked by the address that it resolves to', async t => {
  const evil = (await Listener.open(t))!
  for (const name of ['localhost', 'LOCALHOST', 'localhost.'])
    await t.throwsAsync(createOutbound([])(`https://${name}:${evil.port}/`), undefined, name)
  t.is(evil.connections, 0)
})

test('D-01: only https is allowed', async t => {
  const outbound = createOutbound([])
  const tries = ['http://example.com/', 'file:///etc/passwd', 'gopher://example.com/', 'ftp://example.com/', 'data:,x']
  for (const url of tries) await t.throwsAsync(outbound(url), { message: /not allowed/ }, url)
})

test('the operator can allow an address, a network or a host name, and nothing else', async t => {
  const url = await server(t, (_req, res) => res.end('hello'))
  const byName = url.replace('127.0.0.1', 'localhost')
  const opens = async (allow: string[], address: string) =>
    createOutbound(allow)(address).then(
      response => response.text(),
      () => 'refused',
    )

  t.is(await opens(['127.0.0.1'], url), 'hello')
  t.is(await opens(['127.0.0.0/8'], url), 'hello')
  t.is(await opens(['localhost'], byName), 'hello')
  t.is(await opens(['localhost'], url), 'refused', 'an allowed name does not allow its address')
  t.is(await opens(['10.0.0.0/8', 'example.com'], url), 'refused')
  t.is(await opens(['example.com'], byName), 'refused')
})

test('D-01: a host that is allowed on one port is not allowed on others', async t => {
  const [url, neighbor] = await Promise.all([server(t, (_req, res) => res.end('hello')), Listener.open(t)])
  const { port } = new URL(url)
  for (const host of ['localhost', '127.0.0.1']) {
    const outbound = createOutbound([`${host}:${port}`])
    t.is(await (await outbound(`http://${host}:${port}/`)).text(), 'hello')
    for (const scheme of ['http', 'https'])
      await t.throwsAsync(outbound(`${scheme}://${host}:${neighbor!.port}/`), undefined, host)
    await t.throwsAsync(outbound(`http://${host}/`), { message: /not allowed/ }, host)
  }
  t.is(neighbor!.connections, 0)
})

test('D-01: redirects are not followed', async t => {
  const evil = (await Listener.open(t))!
  const url = await server(t, (_req, res) =>
    res.writeHead(302, { location: `http://127.0.0.1:${evil.port}/` }).end('elsewhere'),
  )
  await t.throwsAsync(createOutbound(['127.0.0.1'])(url))
  t.is(evil.connections, 0)
})

test('a response that is too large is not read to its end, compressed or not', async t => {
  const outbound = createOutbound(['127.0.0.1'])
  const bomb = gzipSync(Buffer.alloc(50 * MEGABYTE))
  t.true(bomb.length < MEGABYTE / 2)
  const plain = await server(t, (_req, res) => res.end(Buffer.alloc(MEGABYTE)))
  const packed = await server(t, (_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
  const endless = await server(t, (_req, res) => {
    const gzip = createGzip()
    gzip.pipe(res.writeHead(200, { 'content-encoding': 'gzip' }))
    const more = setInterval(() => gzip.write(Buffer.alloc(MEGABYTE)), 5)
    res.on('close', () => clearInterval(more))
  })
  for (const url of [plain, packed, endless])
    await t.throwsAsync(async () => (await (await outbound(url)).arrayBuffer()).byteLength, undefined, url)
})

test('a request to a slow or silent server times out', async t => {
  const outbound = createOutbound(['127.0.0.1'], { timeout: 500 })
  const silent = (await Listener.open(t))!
  const slow = await server(t, (_req, res) => {
    res.writeHead(200)
    const drops = setInterval(() => res.write('.'), 100)
    res.on('close', () => clearInterval(drops))
  })
  await settles(
    Promise.all(
      (
        [
          [outbound, `http://127.0.0.1:${silent.port}/`],
          [outbound, slow],
          [createOutbound(['127.0.0.1']), `http://127.0.0.1:${silent.port}/`],
        ] as const
      ).map(([send, url]) => t.throwsAsync(async () => (await send(url)).text(), undefined, url)),
    ),
  )
})
