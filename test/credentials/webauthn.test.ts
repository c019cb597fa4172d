import test from 'ava'
import { createLog } from '../../src/base/log.ts'
import { WebAuthn } from '../../src/credentials/webauthn.ts'
import { checkAttestation, registrationResponse } from '../../src/credentials/webauthn-responses.ts'
import { type Habits, SecurityKey } from '../support/security-key.ts'

const origin = 'https://id.example.org'
const asked = { challenge: 'AAAA', user: { id: 'AAAA' } }

test('browsers make passkeys for names over https, and for localhost', t => {
  const usable = (issuer: string) => new WebAuthn({ issuer, log: createLog('silent') }).usable
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

test('M-08: no attestation with a certificate is looked at: it would name addresses to fetch from', t => {
  const check = (attestation: Habits['attestation']) => () => {
    const made = new SecurityKey({ origin }).create(asked, attestation ? { attestation } : {})
    checkAttestation(registrationResponse(made)!)
  }
  t.notThrows(check(undefined))
  t.notThrows(check({ fmt: 'packed', attStmt: new Map([['alg', -7]]) }))
  const attStmt = new Map([['x5c', [Buffer.from('certificate')]]])
  for (const fmt of ['packed', 'fido-u2f', 'tpm', 'apple', 'android-key', 'android-safetynet'])
    t.throws(check({ fmt, attStmt }), { message: /was not asked for/ })
})
