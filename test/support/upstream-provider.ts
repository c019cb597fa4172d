import type { Context } from 'koa'
import type { Configuration, InteractionResults } from 'oidc-provider'
import { interactionPolicy, Provider } from '../../src/oidc/provider/library.ts'
import type { UpstreamPerson } from './upstream.ts'

const SCOPES = 'openid profile email phone offline_access'

/** `prompt=select_account`, of OpenID Connect Core 1.0 section 3.1.2.1: the page that asks for a name counts as the choice. */
function prompts() {
  const policy = interactionPolicy.base()
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0)
  return policy
}

/** A third party's OpenID Provider: the library with its defaults, and a sign-in page with two buttons. */
export function upstreamProvider(
  issuer: string,
  { people, jwk }: { people: Map<string, UpstreamPerson>; jwk: object },
): Provider {
  const configuration: Configuration = {
    jwks: { keys: [jwk] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name', 'nickname', 'preferred_username', 'picture', 'locale'],
    },
    scopes: SCOPES.split(' '),
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ ...people.get(sub), sub }) }),
    interactions: { policy: prompts(), url: (_ctx, { uid }) => `/sign-in/${uid}` },
    // Without a consent page, which is not tested here.
    async loadExistingGrant({ oidc }) {
      const { provider, client, session } = oidc
      const grant = new provider.Grant({ clientId: client!.clientId, accountId: session!.accountId! })
      grant.addOIDCScope(SCOPES)
      await grant.save()
      return grant
    },
    cookies: { keys: ['a key of the upstream provider'] },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = page(
            `<h1>Sign out there?</h1>${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>`,
          )
        },
        postLogoutSuccessSource: ctx => {
          ctx.body = page('<h1>Signed out there</h1>')
        },
      },
    },
    renderError: (ctx, { error, error_description }) => {
      ctx.body = page(`<h1>Problem there</h1><p>${error}: ${error_description}</p>`)
    },
    fetch: ((url: string | URL, { method, headers, body }: RequestInit = {}) =>
      fetch(url, { method, headers, body } as RequestInit)) as never,
  }
  return new Provider(issuer, configuration)
}

export interface Addresses {
  redirectUri: string
  signedOutUri: string
  backchannelLogoutUri: string
}

export interface Credentials {
  client_id: string
  client_secret: string
}

/** Registers a Gatehouse with these addresses as a client there (OpenID Connect Dynamic Client Registration 1.0). */
export async function registerAt(issuer: string, addresses: Addresses): Promise<Credentials> {
  const answer = await fetch(`${issuer}/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: [addresses.redirectUri],
      post_logout_redirect_uris: [addresses.signedOutUri],
      backchannel_logout_uri: addresses.backchannelLogoutUri,
      backchannel_logout_session_required: true,
      grant_types: ['authorization_code', 'refresh_token'],
    }),
  })
  return (await answer.json()) as Credentials
}

/** `/sign-in/:uid`: a form with a name, or an immediate redirect back for the person that `atOnce` returns. */
export function signInPage(provider: Provider, { atOnce }: { atOnce: () => UpstreamPerson | null }) {
  return async (ctx: Context, next: () => Promise<void>): Promise<void> => {
    if (!ctx.path.startsWith('/sign-in/')) return next()
    const { req, res } = ctx
    const person = atOnce()
    ctx.respond = false
    if (ctx.method === 'POST') {
      const fields = new URLSearchParams(await bodyOf(req))
      const cancelled = { error: 'access_denied', error_description: 'the person cancelled' }
      const result = fields.get('cancel') === null ? chosen(fields.get('sub') ?? '') : cancelled
      return provider.interactionFinished(req, res, result)
    }
    if (person) return provider.interactionFinished(req, res, chosen(person.sub))
    res.writeHead(200, { 'content-type': 'text/html' }).end(page(SIGN_IN))
  }
}

function chosen(accountId: string): InteractionResults {
  return { login: { accountId, remember: false }, select_account: {} }
}

const SIGN_IN = `<h1>Sign in there</h1>
<form method="post"><label>Who <input name="sub"></label><button>Sign in</button></form>
<form method="post"><button name="cancel" value="yes">Cancel</button></form>`

function page(body: string): string {
  return `<!doctype html><html lang="en"><title>Example Upstream</title><link rel="icon" href="data:,"><body>${body}</body></html>`
}

export async function bodyOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
