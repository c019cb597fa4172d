import test from 'ava'
import { digest, newSecret, sameText } from '../../src/base/secrets.ts'

test('a secret has 256 bits, and all secrets differ', t => {
  t.is(Buffer.from(newSecret(), 'base64url').length, 32)
  t.is(new Set(Array.from({ length: 10_000 }, () => newSecret())).size, 10_000)
})

test('a secret needs no escaping in a URL or a shell', t => {
  t.regex(newSecret(), /^[A-Za-z0-9_-]{43}$/)
})

test('a digest is the same only for the same secret and reveals nothing of it', t => {
  const secret = newSecret()
  t.is(digest(secret), digest(secret))
  t.not(digest(secret), digest(newSecret()))
  t.false(digest(secret).includes(secret.slice(0, 8)))
})

test('strings of any length are compared correctly', t => {
  t.true(sameText('', ''))
  t.true(sameText('ключ', 'ключ'))
  for (const [a, b] of [
    ['a', ''],
    ['a', 'b'],
    ['a', 'aa'],
    ['a', 'A'],
    ['é', 'e\u0301'],
  ] as const)
    t.false(sameText(a, b))
})
