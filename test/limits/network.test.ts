import test from 'ava'
import { network } from '../../src/limits/limits.ts'

const parties: [title: string, addresses: string[], party: string][] = [
  ['an IPv4 address', ['192.0.2.7'], '192.0.2.7'],
  ['IPv4 as an IPv6 socket tells it', ['::ffff:192.0.2.7', '::FFFF:192.0.2.7'], '192.0.2.7'],
  ['IPv4 within IPv6, in hexadecimal', ['::ffff:c000:207', '0:0:0:0:0:ffff:c000:0207'], '192.0.2.7'],
  [
    'one home on IPv6',
    [
      '2001:db8:0:1::1',
      '2001:db8:0:1:ffff:ffff:ffff:ffff',
      '2001:DB8:0:1::',
      '2001:0db8:0000:0001:0000:0000:0000:0009',
    ],
    '2001:db8:0:1::/64',
  ],
  [
    'one home, however its zeros are written',
    ['2001:db8::1', '2001:db8:0:0:0:0:0:1', '2001:db8::1:2:3:4'],
    '2001:db8:0:0::/64',
  ],
  ['this machine', ['::1'], '0:0:0:0::/64'],
  ['a link with its zone', ['fe80::1%eth0', 'fe80::2%eth1'], 'fe80:0:0:0::/64'],
]
for (const [title, addresses, party] of parties) {
  test(`one party: ${title}`, t => {
    for (const address of addresses) t.is(network(address), party, address)
  })
}

test('neighbours are others', t => {
  const neighbours = ['192.0.2.7', '192.0.2.8', '2001:db8:0:1::1', '2001:db8:0:2::1', '2001:db8:1:1::1', '::1']
  t.is(new Set(neighbours.map(network)).size, neighbours.length)
})

test('whose address is not known all count as one', t => {
  t.is(network(null), network(''))
})
