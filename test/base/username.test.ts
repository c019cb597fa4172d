import test from 'ava'
import { foldUsername, usernameDigest, usernameProblem } from '../../src/base/text/username.ts'
import { LINK_SEGMENTS } from '../../src/http/links/routes.ts'

test('F-14: look-alike names have the same digest, and other names have different digests', t => {
  const lookAlikes = [
    ['paypal', 'PayPal', 'раураl', 'pаypаl', 'ｐａｙｐａｌ', 'paypa1', 'pàýpāl'],
    ['modern', 'modem', 'rnodern'],
    ['root', 'r00t', 'rооt'],
    ['www', 'vvvvvv'],
    ['вот', 'bot'],
    ['ёлка', 'елка'],
    ['straße', 'strasse'],
  ]
  for (const names of lookAlikes) t.is(new Set(names.map(name => usernameDigest(foldUsername(name)))).size, 1, names[0])
  t.is(new Set(lookAlikes.map(([name]) => usernameDigest(foldUsername(name!)))).size, lookAlikes.length)
  t.not(usernameDigest('ada.king'), usernameDigest('adaking'))
})

test('F-14: the digest of a name never changes, so digests in the database stay valid', t => {
  t.is(usernameDigest('ada.lovelace'), 'd239a0a8822ff388114c30af035328bdaef0bfe5153980d65ad63e0d5c763cb2')
  t.is(usernameDigest('жанна'), 'bb575c8a6a6eb812d397f04b3107b1692889fd91f0b2caa2306cd3924b46d470')
})

test('F-14: folding twice changes nothing, and a valid name stays valid', t => {
  for (const text of ['ﬀ', 'İstanbul', 'ΣΟΦΟΣ', 'Ǆ', '① ', 'ａ.ｂ']) {
    const name = foldUsername(text)
    t.is(foldUsername(name), name)
    t.is(usernameProblem(foldUsername(name)), usernameProblem(name))
  }
})

test('path segments of link pages are reserved', t => {
  for (const segment of LINK_SEGMENTS) t.is(usernameProblem(segment), 'reserved', segment)
})
