/**
 * The measured steps, as a table: each prepares one connection and returns the action that is repeated. An action calls
 * `timed` around parts that are also reported.
 */
import type { RelyingParty, Tokens } from './relying-party.ts'

export type Timed = <T>(part: string, work: () => Promise<T>) => Promise<T>
export type Action = (timed: Timed) => Promise<void>

interface Step {
  title: string
  prepare(rp: RelyingParty, index: number): Promise<Action>
}

export const steps = {
  'client-credentials': {
    title: 'client credentials',
    async prepare(rp) {
      expectJwt((await rp.clientCredentials()).access_token)
      return async () => {
        await rp.clientCredentials()
      }
    },
  },
  refresh: {
    title: 'refresh with rotation',
    async prepare(rp, index) {
      let tokens = await signInAndExchange(rp, index)
      return async () => {
        const previous = tokens.refresh_token
        tokens = await rp.refresh(previous)
        if (tokens.refresh_token === previous) throw new Error('the refresh token was not rotated')
      }
    },
  },
  code: {
    title: 'code flow with a session',
    async prepare(rp, index) {
      await signInAndExchange(rp, index)
      return async timed => {
        const { path, verifier } = rp.authorization()
        const code = rp.code(await timed('authorize', () => rp.open(path)))
        const tokens = await timed('exchange', () => rp.exchange(code, verifier))
        if (!tokens.refresh_token) throw new Error('no refresh token was issued')
      }
    },
  },
  userinfo: {
    title: 'userinfo (opaque token)',
    async prepare(rp, index) {
      const { access_token } = await signInAndExchange(rp, index, { resource: false })
      expectOpaque(access_token)
      return () => rp.userinfo(access_token)
    },
  },
  introspection: {
    title: 'introspection without a hint',
    async prepare(rp, index) {
      const { access_token } = await signInAndExchange(rp, index, { resource: false })
      expectOpaque(access_token)
      return () => rp.introspect(access_token)
    },
  },
  discovery: {
    title: 'discovery',
    async prepare(rp) {
      const path = `${rp.fixture.issuer}/.well-known/openid-configuration`
      return () => rp.get(path, '"issuer"')
    },
  },
  jwks: {
    title: 'JWKS',
    async prepare(rp) {
      return () => rp.get(rp.endpoints.jwks_uri, '"keys"')
    },
  },
  'sign-in': {
    title: 'cold sign-in with password',
    async prepare(rp, index) {
      let next = index
      return async () => {
        rp.connection.forgetCookies()
        await signInAndExchange(rp, next)
        next += 7
      }
    },
  },
} satisfies Record<string, Step>

export type StepName = keyof typeof steps
export const stepNames = Object.keys(steps) as StepName[]

async function signInAndExchange(rp: RelyingParty, index: number, { resource = true } = {}): Promise<Tokens> {
  const account = rp.fixture.accounts[index % rp.fixture.accounts.length]
  if (!account) throw new Error('the fixture has no accounts')
  const { path, verifier } = rp.authorization({ resource })
  const tokens = await rp.exchange(await rp.signIn(path, account), verifier)
  if (resource) expectJwt(tokens.access_token)
  if (JSON.parse(part(tokens.id_token, 0)).alg !== 'ES256') throw new Error('the ID token is not signed with ES256')
  return tokens
}

/** Subjects are comparable only if they do the same work: a JWT access token, signed with ES256, with roles. */
function expectJwt(token: string) {
  const { alg } = JSON.parse(part(token, 0))
  const { roles, aud } = JSON.parse(part(token, 1))
  if (alg !== 'ES256' || !Array.isArray(roles) || !aud)
    throw new Error(`not the expected access token: ${part(token, 1)}`)
}

function expectOpaque(token: string) {
  if (token.includes('.')) throw new Error('the access token is not opaque')
}

function part(token: string, index: number) {
  return Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()
}
