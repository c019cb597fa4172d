import test, { type ExecutionContext } from 'ava'
import { describedParty } from '../../support/document-server.ts'
import { type Gatehouse, startGatehouse } from '../../support/gatehouse.ts'
import { Listener } from '../../support/listener.ts'

const [off, any, listed] = await Promise.all([
  startGatehouse(),
  startGatehouse({ env: { CLIENT_ID_METADATA_DOCUMENTS: 'any', CLIENT_REGISTRATION_LIMIT_IP: '1000/1m' } }),
  startGatehouse({ env: { CLIENT_ID_METADATA_DOCUMENTS: 'good.example,localhost:8443' } }),
])
test.after.always(() => Promise.all([off.stop(), any.stop(), listed.stop()]))

/** Asks for a sign-in with this client ID, and checks that it gets an error page of 400. @returns its text */
async function refused(t: ExecutionContext, gatehouse: Gatehouse, id: string): Promise<string> {
  const { url } = await (await describedParty(gatehouse, id)).begin()
  const answer = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } })
  t.is(answer.status, 400, id)
  t.is(answer.headers.get('location'), null, id)
  return answer.text()
}

const advertised = async ({ url }: Gatehouse) => {
  const answer = await fetch(`${url}/.well-known/oauth-authorization-server`)
  return ((await answer.json()) as Record<string, unknown>).client_id_metadata_document_supported
}

test('D-01: documents are off by default: no address is called, and discovery does not offer them', async t => {
  const evil = (await Listener.open(t))!
  t.is(await advertised(off), undefined)
  t.is(await advertised(any), true)
  await refused(t, off, `https://localhost:${evil.port}/client.json`)
  t.is(evil.connections, 0)
})

test('D-01: no special-use address is called, in any notation, and the page says nothing about it', async t => {
  const evil = (await Listener.open(t))!
  const evil6 = await Listener.open(t, '::1')
  const hosts = ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0', '10.1.2.3', '192.168.1.1']
  hosts.push('169.254.169.254', '[::1]', '[::ffff:127.0.0.1]', '[fe80::1]', '[fd12:3456::1]', 'localhost', 'LOCALHOST')
  for (const host of hosts) {
    for (const port of [evil.port, evil6?.port ?? evil.port]) {
      const page = await refused(t, any, `https://${host}:${port}/client.json`)
      t.notRegex(page, /ECONN|refused|timeout|not allowed|certificate|OUTBOUND/i, host)
    }
  }
  t.deepEqual([evil.connections, evil6?.connections ?? 0], [0, 0])
})

test('D-01: a client ID of another form is no address of a document', async t => {
  const evil = (await Listener.open(t))!
  const at = `localhost:${evil.port}`
  const ids = [
    `http://${at}/c`,
    `ftp://${at}/c`,
    'file:///etc/passwd',
    'data:application/json,{}',
    `//${at}/c`,
    `https:${at}/c`,
  ]
  ids.push(`https://${at}`, `https://${at}/`, `https://${at}/c#f`, `https://${at}/c?q`, `https://user@${at}/c`)
  ids.push(`https://user:p@${at}/c`, `https://${at}/x/../c`, `https://${at}/./c`, `https://${at}/%2e%2e/c`)
  ids.push(`https:\\\\${at}\\c`, ` https://${at}/c`, `https://${at}/c `, `https://${at}/\tc`, `HTTPS://${at}/c`)
  ids.push(`https://good.example@${at}/c`, `https://${at}/${'c'.repeat(300)}`, 'https://', 'https://good.example:443/c')
  for (const id of ids) await refused(t, any, id)
  t.is(evil.connections, 0)
})

test('only documents of the listed hosts are read', async t => {
  for (const id of [
    'https://evil.example/c',
    'https://good.example.evil.test/c',
    'https://www.good.example/c',
    'https://good.example:8443/c',
  ])
    t.regex(await refused(t, listed, id), /of this host are not allowed/, id)
})

test('D-01: requests of programs never make Gatehouse read a document', async t => {
  const evil = (await Listener.open(t))!
  const id = `https://localhost:${evil.port}/client.json`
  const rp = await describedParty(any, id)
  const code = { code: 'x', redirect_uri: 'https://x.example/', code_verifier: 'x'.repeat(43) }
  const grants: Record<string, string>[] = [
    { grant_type: 'authorization_code', ...code },
    { grant_type: 'refresh_token', refresh_token: 'x' },
    { grant_type: 'client_credentials' },
  ]
  for (const grant of grants) t.is((await rp.post('/token', grant)).body.error, 'invalid_client')
  for (const path of ['/token/introspection', '/token/revocation'])
    t.is((await rp.post(path, { token: 'x' })).body.error, 'invalid_client')
  await fetch(`${any.url}/session/end?${new URLSearchParams({ client_id: id })}`)
  await fetch(`${any.url}/reg/${encodeURIComponent(id)}`)
  t.is(evil.connections, 0)
})
