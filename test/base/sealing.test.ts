import { randomBytes } from 'node:crypto'
import test from 'ava'
import { mac, openUnder, Sealing, sealUnder } from '../../src/base/sealing.ts'
import { newSecret } from '../../src/base/secrets.ts'
import { respelled } from '../support/jws.ts'

const [older, newer, unrelated] = [randomBytes(32), randomBytes(32), randomBytes(32)]
const TEXT = 'a text to seal, ключ 🗝'

test('a sealed text can be opened and reveals nothing of its content', t => {
  const sealing = new Sealing([newer])
  const sealed = sealing.seal(TEXT, 'note')
  t.is(sealing.open(sealed, 'note'), TEXT)
  t.false(sealed.includes('readable'))
  t.not(sealing.seal(TEXT, 'note'), sealed)
})

test('a sealed text cannot be opened for another purpose', t => {
  const sealing = new Sealing([newer])
  const sealed = sealing.seal(TEXT, 'note')
  t.throws(() => sealing.open(sealed, 'signing key'))
})

test('any altered character is detected', t => {
  const sealing = new Sealing([newer])
  const sealed = sealing.seal(TEXT, 'note')
  const body = sealed.lastIndexOf('.') + 1
  const bytes = Buffer.from(sealed.slice(body), 'base64url')
  for (let index = 0; index < bytes.length; index++) {
    const altered = Buffer.from(bytes)
    altered[index]! ^= 1
    t.throws(() => sealing.open(sealed.slice(0, body) + altered.toString('base64url'), 'note'), undefined, `${index}`)
  }
})

test('F-24: a sealed text has exactly one valid form', t => {
  const sealing = new Sealing([newer])
  for (const text of ['a', 'ab', 'abc']) {
    const sealed = sealing.seal(text, 'note')
    for (const each of respelled(sealed)) {
      const same = Buffer.from(each, 'base64url').equals(Buffer.from(sealed, 'base64url'))
      if (same) t.throws(() => sealing.open(each, 'note'), undefined, each.slice(-4))
    }
    t.is(sealing.open(sealed, 'note'), text)
  }
})

test('a truncated text cannot be opened', t => {
  const sealing = new Sealing([newer])
  const sealed = sealing.seal(TEXT, 'note')
  for (let length = 0; length < sealed.length; length++) {
    t.throws(() => sealing.open(sealed.slice(0, length), 'note'), undefined, `${length} of ${sealed.length}`)
  }
  t.throws(() => sealing.open(TEXT, 'note'))
})

test('after a rotation the older key still opens texts, and the newest key seals them', t => {
  const before = new Sealing([older]).seal(TEXT, 'note')
  const rotated = new Sealing([newer, older])
  t.is(rotated.open(before, 'note'), TEXT)
  const after = rotated.seal(TEXT, 'note')
  t.is(new Sealing([newer]).open(after, 'note'), TEXT)
  t.throws(() => new Sealing([older]).open(after, 'note'))
})

test('if no listed key opens it, the error names SECRET_KEYS and shows no content', t => {
  const sealed = new Sealing([older]).seal(TEXT, 'signing key')
  const error = t.throws(() => new Sealing([unrelated]).open(sealed, 'signing key'))
  t.regex(error?.message ?? '', /sealed signing key cannot be opened.*SECRET_KEYS/)
  t.false(error?.message.includes(sealed))
})

test('derived keys differ by purpose and by secret, newest first', t => {
  const sealing = new Sealing([newer, older])
  const cookies = sealing.keysFor('cookies')
  t.deepEqual(cookies, [...new Sealing([newer]).keysFor('cookies'), ...new Sealing([older]).keysFor('cookies')])
  const all = [...cookies, ...sealing.keysFor('forms'), newer, older].map(key => key.toString('hex'))
  t.is(new Set(all).size, all.length)
})

test('a text sealed under a secret can be opened only with that secret', t => {
  const secret = newSecret()
  const sealed = sealUnder(secret, TEXT)
  t.is(openUnder(secret, sealed), TEXT)
  t.throws(() => openUnder(newSecret(), sealed))
  t.throws(() => openUnder(secret, sealed.slice(0, -4)))
})

test('the parts of a MAC have unambiguous boundaries', t => {
  t.is(mac(newer, 'a', 'b'), mac(newer, 'a', 'b'))
  const codes = [
    mac(newer, 'a', 'b'),
    mac(newer, 'ab'),
    mac(newer, 'ab', ''),
    mac(newer, 'a","b'),
    mac(older, 'a', 'b'),
  ]
  t.is(new Set(codes).size, codes.length)
})
