import test from 'ava'
import { isPublic, network, within } from '../../src/base/network/ip-ranges.ts'

const parties: [title: string, addresses: string[], party: string][] = [
  ['an IPv4 address', ['192.0.2.7'], '192.0.2.7'],
  ['an IPv4-mapped IPv6 address', ['::ffff:192.0.2.7', '::FFFF:192.0.2.7'], '192.0.2.7'],
  ['an IPv4-mapped IPv6 address in hexadecimal', ['::ffff:c000:207', '0:0:0:0:0:ffff:c000:0207'], '192.0.2.7'],
  [
    'an IPv6 /64 network',
    [
      '2001:db8:0:1::1',
      '2001:db8:0:1:ffff:ffff:ffff:ffff',
      '2001:DB8:0:1::',
      '2001:0db8:0000:0001:0000:0000:0000:0009',
    ],
    '2001:db8:0:1::/64',
  ],
  [
    'an IPv6 /64 network in every notation',
    ['2001:db8::1', '2001:db8:0:0:0:0:0:1', '2001:db8::1:2:3:4'],
    '2001:db8:0:0::/64',
  ],
  ['this machine', ['::1'], '0:0:0:0::/64'],
  ['link-local addresses with a zone', ['fe80::1%eth0', 'fe80::2%eth1'], 'fe80:0:0:0::/64'],
]
for (const [title, addresses, party] of parties) {
  test(`one rate limit key for ${title}`, t => {
    for (const address of addresses) t.is(network(address), party, address)
  })
}

test('neighboring addresses have different keys', t => {
  const neighbors = ['192.0.2.7', '192.0.2.8', '2001:db8:0:1::1', '2001:db8:0:2::1', '2001:db8:1:1::1', '::1']
  t.is(new Set(neighbors.map(network)).size, neighbors.length)
})

test('all unknown addresses share one key', t => {
  t.is(network(null), network(''))
})

/** The registries of special-purpose addresses (RFC 6890), and multicast. */
const SPECIAL = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.31.196.0', '192.31.196.255'],
  ['192.52.193.0', '192.52.193.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['192.175.48.0', '192.175.48.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
  ['::', '::1'],
  ['::ffff:0:0', '::ffff:ffff:ffff'],
  ['64:ff9b::', '64:ff9b::ffff:ffff'],
  ['64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['100::', '100::ffff:ffff:ffff:ffff'],
  ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
]

test('D-01: no special-purpose address is public, from the first of each block to the last', t => {
  for (const address of SPECIAL.flat()) t.false(isPublic(address), address)
  for (const address of ['1.1.1.1', '9.255.255.255', '11.0.0.0', '172.32.0.0', '2600::', '2003::1'])
    t.true(isPublic(address), address)
  for (const text of ['', 'localhost', '127.1', '8.8']) t.false(isPublic(text), text)
})

test('an address in any notation is matched against ranges of its own version', t => {
  const inside = within(['10.1.0.0/16', '192.0.2.7', 'fd00::/8', '2001:db8::1', '::ffff:198.51.100.0/120'])
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', 'fd12::1', 'FD12::1%eth0', '198.51.100.9'])
    t.true(inside(address), address)
  for (const address of ['10.2.0.0', '192.0.2.8', 'fe80::1', '2001:db8::2', '198.51.101.1', '', 'x'])
    t.false(inside(address), address)
  t.false(within([])('127.0.0.1'))
})
