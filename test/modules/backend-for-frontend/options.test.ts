import test from 'ava'
import { type BrowserSessionsOptions, browserSessions, MemoryStore } from 'gatehouse/backend-for-frontend'

const RIGHT: BrowserSessionsOptions = {
  issuer: 'https://id.example.com',
  clientId: 'shop',
  clientSecret: 'a secret',
  url: 'https://shop.example.com',
}
const secret = 'x'.repeat(32)
const elsewhere = () => {
  const { get, set, delete: remove, take } = MemoryStore.prototype
  return { get, set, delete: remove, take }
}

const WRONG: [string, object, RegExp][] = [
  ['no issuer', { issuer: undefined }, /issuer must be the address of Gatehouse, such as https:/],
  [
    'http',
    { issuer: 'http://id.example.com' },
    /issuer .*, but is "http:\/\/id.example.com" \(http is only possible on localhost\)$/,
  ],
  ['no client ID', { clientId: '' }, /clientId is missing: "gatehouse clients add NAME --profile web" prints it/],
  [
    'no secret of the client',
    { clientSecret: undefined },
    /clientSecret is missing: .*a public client cannot be used here/,
  ],
  ['no address', { url: undefined }, /url must be the origin of the application as browsers see it/],
  ['a slash', { url: 'https://shop.example.com/' }, /url must be the origin .* without a path or a slash at the end/],
  ['a path', { url: 'https://shop.example.com/shop' }, /url must be the origin/],
  ['plain http', { url: 'http://shop.example.com' }, /url .*http is only possible on localhost/],
  ['a path with a slash', { path: '/auth/' }, /path must be a path such as \/auth/],
  ['a scope without openid', { scope: 'profile' }, /scope must contain openid/],
  ['a resource that is no URI', { resource: 'orders' }, /resource must be the identifier of an API/],
  [
    'a store with half of its methods',
    { store: { get() {} }, secret },
    /store must have the methods get, set, delete, take/,
  ],
  ['a store without a secret', { store: elsewhere() }, /secret is missing: a store outside this process needs one/],
  ['a short secret', { secret: 'short' }, /secret must have at least 32 characters: "openssl rand/],
  ['a short old secret', { secret: [secret, 'short'] }, /secret must have at least 32 characters/],
  ['a lifetime that is no number', { lifetime: '7d' }, /lifetime must be whole seconds/],
  ['a short lifetime', { idleLifetime: 5 }, /idleLifetime and lifetime must be whole seconds, at least 60/],
  ['a lax cookie in production', { insecureLocalhost: true }, /insecureLocalhost is only for .*http:\/\/localhost/],
  ['a page that is none', { signInErrors: 'none' }, /signInErrors must be 'page' or 'application'/],
  ['an address after sign-out', { afterSignOut: 'https://evil.example' }, /afterSignOut must be a path/],
  ['a typing error', { clientsecret: 'x' }, /clientsecret is not an option; they are: issuer, clientId, clientSecret/],
]
for (const [what, options, problem] of WRONG) {
  test(`${what}: the error names the option and the fix`, t => {
    t.throws(() => browserSessions({ ...RIGHT, ...options }), { instanceOf: TypeError, message: problem })
  })
}

test('several mistakes are named at once, and what is right is accepted', t => {
  const error = t.throws(() => browserSessions({ ...RIGHT, clientId: '', scope: 'email' }))
  t.deepEqual(
    error?.message.split('\n').map(line => line.split(' ', 2).join(' ')),
    ['browserSessions: clientId', 'browserSessions: scope'],
  )
  t.notThrows(() => browserSessions(RIGHT))
  t.notThrows(() => browserSessions({ ...RIGHT, store: elsewhere(), secret: [secret, secret] }))
  t.notThrows(() => browserSessions({ ...RIGHT, issuer: 'http://localhost:3000', url: 'http://127.0.0.1:4000' }))
})
