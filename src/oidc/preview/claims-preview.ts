import { decodeJwt } from 'jose'
import type { App } from '../../app.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { Place } from '../../clients/claims/client-claim.ts'
import type { Client } from '../../clients/client.ts'
import { type Access, lacking, NO_ACCESS } from '../../grants/consent.ts'
import { keptOutByRole, lacksVerifiedEmail } from '../people/admission.ts'
import { validPerson } from '../people/find-account.ts'
import type { Person } from '../people/people.ts'
import { type ClaimReason, claimReasons } from './claim-reasons.ts'
import type { Answer } from './in-process-request.ts'
import { PreviewProvider } from './preview-provider.ts'
import { settledRequest } from './settled-request.ts'
import { type WithheldScopes, withheldScopes } from './withheld-scopes.ts'

/**
 * Shows which claims an application would receive, without a sign-in. The real requests (pushed authorization, token,
 * userinfo, introspection) are sent to a provider of its own, whose codes and tokens are in memory alone, so that a
 * preview decides nothing by itself. Only the person's part is missing: they are taken to allow everything.
 */

/** Parameters of the authorization request. */
export interface PreviewRequest {
  /** All scopes of the client if it is absent. */
  scope?: string | undefined
  resource?: string | undefined
  claims?: string | undefined
}

/** Null where the application gets none. */
type Previewed = { payload: Answer; claims: ClaimReason[] } | null

export interface Preview {
  /** The scopes that are granted. */
  scope: string
  /** The scopes of APIs that are not, because of the roles of the person. */
  withheld: WithheldScopes[]
  /** What the person has not allowed yet, and would be asked about. */
  unasked: Access
  /** How APIs read the access token: as a JWT, or by introspection. */
  accessTokenFormat: 'jwt' | 'opaque'
  tokens: Record<Place, Previewed>
}

/**
 * What an application receives about an account, or a machine about itself.
 * @param account its ID, email or username @throws InvalidInput if the request is refused; NotFound
 */
export async function previewClaims(
  app: App,
  client: Client,
  account: string | undefined,
  request: PreviewRequest,
): Promise<Preview> {
  if (client.profile !== 'machine') {
    if (account === undefined) throw new InvalidInput({ account: 'is required, unless the profile is machine' })
    return previewPerson(app, client, (await app.accounts.find(account)).id, request)
  }
  const needless = Object.entries({ account, claims: request.claims }).find(([, given]) => given !== undefined)
  if (needless)
    throw new InvalidInput({ [needless[0]]: 'is not possible for the profile machine: no one signs in to it' })
  return previewMachine(app, client, request)
}

async function previewMachine(
  app: App,
  client: Client,
  { scope, resource }: Omit<PreviewRequest, 'claims'>,
): Promise<Preview> {
  const provider = await PreviewProvider.start(app, client)
  const granted = await provider.post('/token', { grant_type: 'client_credentials', scope, resource })
  const payload = await accessToken(provider, granted)
  const about = { client, person: null, scopes: scopesIn(granted.scope), requested: [] }
  return {
    scope: [...about.scopes].join(' '),
    withheld: [],
    unasked: NO_ACCESS,
    accessTokenFormat: formatOf(granted),
    tokens: {
      id_token: null,
      access_token: { payload, claims: claimReasons('access_token', payload, about) },
      userinfo: null,
    },
  }
}

/** @throws InvalidInput if the request is refused, or the account could not sign in */
export async function previewPerson(
  app: App,
  client: Client,
  accountId: string,
  { scope, resource, claims }: PreviewRequest,
): Promise<Preview> {
  const provider = await PreviewProvider.start(app, client)
  const person = await admitted(app, provider, accountId)
  const all = ['openid', ...client.scopes.filter(name => name !== 'offline_access')].join(' ')
  const pushed = await provider.push({ scope: scope ?? all, resource, claims })
  const settled = await settledRequest(pushed, await provider.model(), { app, person })
  const granted = await provider.redeem(person.id, settled)
  const scopes = scopesIn(settled.scope)
  const format = formatOf(granted)
  const explained = (place: Place, payload: Answer): Previewed => {
    const about = {
      client,
      person,
      scopes,
      requested: place === 'access_token' ? [] : Object.keys(settled.claims[place] ?? {}),
    }
    return { payload, claims: claimReasons(place, payload, about) }
  }
  const { id_token: idToken, access_token: token } = granted
  return {
    scope: [...new Set([...settled.access.scopes, ...Object.values(settled.access.resources).flat()])].join(' '),
    withheld: withheldScopes(settled.withheld, person),
    unasked: await unasked(app, client, person, settled.access),
    accessTokenFormat: format,
    tokens: {
      id_token: typeof idToken === 'string' ? explained('id_token', readable(decodeJwt(idToken))) : null,
      access_token: explained('access_token', await accessToken(provider, granted)),
      userinfo:
        format === 'opaque' && scopes.has('openid')
          ? explained('userinfo', await provider.userinfo(String(token)))
          : null,
    },
  }
}

async function admitted(app: App, provider: PreviewProvider, accountId: string): Promise<Person> {
  if ((await provider.people.find(accountId))?.active === false)
    throw new InvalidInput({ account: 'is suspended, so it gets no tokens' })
  const person = await validPerson(provider.people, app, accountId, undefined)
  const client = await provider.model()
  if (!person || lacksVerifiedEmail(client, person))
    throw new InvalidInput({ account: 'has to verify its email before it can sign in there' })
  if (keptOutByRole(client, person))
    throw new InvalidInput({ account: 'cannot sign in there: its roles do not allow it (clients show)' })
  return person
}

/** What an API learns from the access token. */
async function accessToken(provider: PreviewProvider, granted: Answer): Promise<Answer> {
  const token = String(granted.access_token)
  return readable(
    formatOf(granted) === 'jwt' ? decodeJwt(token) : await provider.post('/token/introspection', { token }),
  )
}

async function unasked(app: App, { id, firstParty }: Client, person: Person, wanted: Access): Promise<Access> {
  return firstParty ? NO_ACCESS : lacking((await app.consents.find(person.id, id)) ?? NO_ACCESS, wanted)
}

function formatOf({ access_token: token }: Answer): 'jwt' | 'opaque' {
  return String(token).includes('.') ? 'jwt' : 'opaque'
}

function scopesIn(scope: unknown): Set<string> {
  return new Set(
    String(scope ?? '')
      .split(' ')
      .filter(Boolean),
  )
}

/** What differs from one sign-in to the next. */
const PLACEHOLDERS: Answer = {
  ...{ iat: '(time)', exp: '(time)', auth_time: '(time)', jti: '(id)', sid: '(id)' },
  ...{ grant_id: '(id)', revocable_by: '(ids)' },
  ...{ at_hash: '(hash)', acr: '(of the sign-in)', amr: '(of the sign-in)' },
}

function readable(payload: Answer): Answer {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, PLACEHOLDERS[name] ?? value]))
}
