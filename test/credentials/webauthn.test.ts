import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import test from 'ava'
import { loadConfig } from '../../src/base/config.ts'
import { createLog } from '../../src/base/log.ts'
import { WebAuthn } from '../../src/credentials/passkeys/webauthn.ts'
import { registrationResponse, withoutStatement } from '../../src/credentials/passkeys/webauthn-responses.ts'
import { SecurityKey } from '../support/security-key.ts'

const origin = 'https://id.example.org'
const options = { challenge: 'AAAA', user: { id: 'AAAA' } }

test('passkeys are possible for host names over https, and for localhost', t => {
  const usable = (issuer: string) =>
    new WebAuthn({ config: loadConfig({ PUBLIC_URL: issuer }, { createSecrets: false }), log: createLog('silent') })
      .usable
  for (const issuer of [
    origin,
    `${origin}:8443/id`,
    'https://intranet',
    'http://localhost:3000',
    'http://id.localhost',
  ])
    t.true(usable(issuer), issuer)
  for (const issuer of ['http://id.example.org', 'https://192.0.2.7', 'https://[2001:db8::1]', 'http://127.0.0.1:3000'])
    t.false(usable(issuer), issuer)
})

test('M-08, Q-07: an attestation statement of any format is removed completely', t => {
  const attStmt = new Map([['x5c', [Buffer.from('certificate')]]])
  for (const fmt of ['none', 'packed', 'fido-u2f', 'tpm', 'apple', 'android-key', 'android-safetynet', 'made-up']) {
    const made = registrationResponse(new SecurityKey({ origin }).create(options, { attestation: { fmt, attStmt } }))!
    const [before, after] = [made, withoutStatement(made)].map(({ response }) =>
      decodeAttestationObject(Buffer.from(response.attestationObject, 'base64url')),
    )
    t.is(after!.get('fmt'), 'none')
    t.deepEqual(after!.get('attStmt'), new Map() as never)
    t.deepEqual(after!.get('authData'), before!.get('authData'))
  }
})
