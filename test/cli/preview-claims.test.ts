import test from 'ava'
import type { Preview } from '../../src/oidc/preview/claims-preview.ts'
import { openCommandLine } from './command-line.ts'

test('claims can be previewed before any server has run, under an address with a path', async t => {
  const cli = await openCommandLine({ PUBLIC_URL: 'https://id.example.com/sso' })
  t.teardown(() => cli.stop())
  const setUp = [
    'resources add https://api.example.com --name API --scope read',
    'clients add Wiki --id wiki --profile web --redirect-uri https://wiki.example.com/ --claim user.mail=email --scope email --scope read',
    'clients add Report --id report --profile machine --scope read',
    'accounts register ada@example.com --name Ada --verified --password-stdin',
  ]
  for (const line of setUp) t.is((await cli.run(line, { stdin: 'a horse that is rarely correct' })).code, 0, line)
  const { tokens } = await cli.json<Preview>('clients preview-claims wiki ada@example.com')
  t.like(tokens.id_token?.payload, { iss: 'https://id.example.com/sso', user: { mail: 'ada@example.com' } })
  t.like(tokens.userinfo?.payload, { email: 'ada@example.com', user: { mail: 'ada@example.com' } })
  const api = await cli.json<Preview>('clients preview-claims wiki ada@example.com --resource https://api.example.com')
  t.like(api.tokens.access_token?.payload, { aud: 'https://api.example.com', client_id: 'wiki', scope: 'read' })
  const machine = await cli.json<Preview>('clients preview-claims report')
  t.like(machine.tokens.access_token?.payload, { sub: 'report', iat: '(time)', jti: '(id)' })
  t.like(await cli.run('clients preview-claims nothing ada@example.com'), { code: 3, out: '' })
  t.like(await cli.run('clients preview-claims wiki nobody@example.com'), { code: 3, out: '' })
})
