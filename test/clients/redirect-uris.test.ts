import test from 'ava'
import { InvalidInput } from '../../src/base/refusals.ts'
import type { Profile } from '../../src/clients/client.ts'
import { checkRegistration } from '../../src/clients/registration.ts'

function accepted(uri: string, profile: Profile): boolean {
  try {
    checkRegistration({ name: 'Shop', profile, redirectUris: [uri] })
    return true
  } catch (error) {
    if (error instanceof InvalidInput && error.fields.redirectUris) return false
    throw error
  }
}

const valid = [
  'https://app.example.org/callback',
  'https://app.example.org',
  'https://app.example.org:8443/cb?tenant=1',
  'http://localhost:3000/callback',
  'http://127.0.0.1/callback',
  'http://[::1]:8080/callback',
]
for (const uri of valid) {
  test(`the redirect URI ${uri} is accepted`, t => {
    for (const profile of ['web', 'spa', 'native'] as const) t.true(accepted(uri, profile), profile)
  })
}

const invalid = [
  'R-02: javascript:alert(1)',
  'R-02: JavaScript:alert(1)',
  'R-02:  javascript:alert(1)',
  'R-02: java\nscript:alert(1)',
  'R-02: data:text/html,<script>1</script>',
  'R-02: vbscript:x',
  'R-02: file:///etc/passwd',
  'R-02: blob:https://app.example.org/1',
  'R-02: about:blank',
  'R-02: ws://app.example.org',
  'R-01: https://app.example.org/callback#fragment',
  'R-01: https://app.example.org/callback#',
  'R-01: https://*.example.org/callback',
  'R-01: https://app.example.org/*',
  'R-01: https://user:pass@app.example.org/callback',
  'R-01: https://app.example.org\\@evil.test/callback',
  'R-01: https://app.example.org/call back',
  'R-01: https://app.example.org/callback\t',
  'R-01: https://app.example.org/call\0back',
  'R-01: /callback',
  'R-01: //app.example.org/callback',
  'R-01: app.example.org/callback',
  'R-01: https://',
  'R-01: ',
  'R-05: http://app.example.org/callback',
  'R-05: http://localhost.evil.test/callback',
  'R-05: http://127.0.0.1.evil.test/callback',
  'R-05: http://192.168.0.1/callback',
  'R-05: myapp://callback',
]
for (const title of invalid) {
  const uri = title.slice('R-00: '.length)
  test(`${title.slice(0, 6)}the redirect URI ${JSON.stringify(uri)} is refused`, t => {
    for (const profile of ['web', 'spa', 'native'] as const) t.false(accepted(uri, profile), profile)
  })
}

test('R-05: custom schemes are for native applications only', t => {
  for (const uri of ['com.example.app:/callback', 'com.example.app://callback']) {
    t.true(accepted(uri, 'native'))
    t.false(accepted(uri, 'web'))
    t.false(accepted(uri, 'spa'))
  }
})
