import { execFileSync } from 'node:child_process'
import test from 'ava'
import { clientCommand, registrationChange } from '../../src/clients/client-command.ts'

test('X-01: a shell takes each word of a printed command literally', t => {
  const hostile = ['https://evil.example/$(id)', "https://evil.example/a;id;'`id`'", 'https://evil.example/a b\n&id']
  for (const word of hostile) {
    const command = clientCommand('update', word, '--add-redirect-uri', word)
    const printed = execFileSync('sh', ['-c', command.replace('gatehouse', String.raw`printf '%s\0'`)], {
      encoding: 'utf8',
    })
    t.deepEqual(printed.split('\0').slice(1), ['update', word, '--add-redirect-uri', word, ''])
  }
  t.is(clientCommand('show', 'client_1'), 'gatehouse clients show client_1')
})

test('no command changes a client that describes itself', t => {
  t.is(registrationChange('client_1', '--pkce', 'nonce'), 'gatehouse clients update client_1 --pkce nonce')
  t.is(registrationChange('https://app.example.com/$(id)', '--pkce', 'nonce'), 'change its client ID metadata document')
})
