import type { App } from '../../app.ts'
import { remoteHost } from '../../clients/uris.ts'
import { reaches } from '../../login/assurance.ts'
import type { SecondFactorPolicy } from '../../login/second-factor-policy.ts'
import { acrValues, requestedAcr, requestedLevel, sessionLevel } from '../people/acr.ts'
import { isForApisAlone, keptOutByRole, lacksVerifiedEmail } from '../people/admission.ts'
import type { People } from '../people/people.ts'
import { errors, interactionPolicy } from '../provider/library.ts'

const { base, Check, Prompt } = interactionPolicy

/** The description of `access_denied` for an application that the person may not use. */
export const ROLE_REFUSED = 'the roles of the End-User do not allow the use of this client'

/** The values of `prompt` that discovery lists; `create` is accepted anyway, as a request to sign in. */
export function promptValues({ registration }: { registration: boolean }): string[] {
  return ['none', 'login', 'consent', 'select_account', ...(registration ? ['create'] : [])]
}

/**
 * Decides when a person must act: the library's own rules, our rules for the assurance level of a session, and
 * one more: a session whose account is gone or suspended is ignored, so that the next request is a normal sign-in.
 * Registration and the choice of an account come before the sign-in, if the application asks for them; people whose roles
 * keep them out of the application go no further than the page that says so.
 */
export function promptPolicy(parts: { app: App; people: People; rules: SecondFactorPolicy; passkeys: boolean }) {
  const prompts = base()
  const { checks } = prompts.get('login')!
  // The library's checks compare `acr` values; ours compare levels, and know several values for one level.
  for (const replaced of ['essential_acrs', 'essential_acr', 'max_age']) checks.remove(replaced)
  for (const check of [accountAvailable, recentEnough, requestedLevelReached, secondFactor, verifiedEmail])
    checks.add(check(parts))
  const hinted = checks.get('id_token_hint')!
  checks.remove('id_token_hint')
  checks.add(unlessChosen(hinted))
  prompts.get('consent')!.checks.add(knownHost(parts))
  prompts.add(new Prompt({ name: 'access' }, roleAllows(parts)), 1)
  for (const name of ['select_account', 'create']) prompts.add(new Prompt({ name, requestable: true }), 0)
  return prompts
}

type Parts = Parameters<typeof promptPolicy>[0]

/** A person who chose or created an account may be another than the hint names, if the application asked for that. */
function unlessChosen({ reason, description, check }: InstanceType<typeof Check>) {
  return new Check(reason, description, 'login_required', async ctx => {
    const { prompts, result } = ctx.oidc
    const asked = prompts.has('select_account') || prompts.has('create')
    return !(asked && (result?.select_account || result?.create)) && (await check(ctx))
  })
}

function accountAvailable() {
  return new Check(
    'account_unavailable',
    'End-User authentication is required',
    'login_required',
    ctx => Boolean(ctx.oidc.session?.accountId) && !ctx.oidc.account,
  )
}

/** A person who has just signed in passes any `max_age`; a step-up does not change the age of a session. */
function recentEnough() {
  return new Check('max_age', 'End-User authentication could not be obtained', 'login_required', ctx => {
    const { params, session, result } = ctx.oidc
    if (params?.max_age === undefined) return false
    return session!.past(Number(params.max_age)) && (!result?.login || result.login.stepUp === true)
  })
}

/**
 * A client that registered itself asks for consent at each host that it sends the person to, since no operator has
 * checked its addresses: the person could have agreed because of another one. For an application on the same device it
 * asks each time, because any program there could use its name (RFC 8252 section 8.6).
 */
function knownHost({ app: { consents, scope } }: Parts) {
  return new Check('self_registered_host', 'End-User interaction is required', 'interaction_required', async ctx => {
    const { account, client, params, result } = ctx.oidc
    if (client!.self_registered_at === undefined || result?.consent) return false
    const host = remoteHost(String(params?.redirect_uri))
    if (host === null) return true
    const consent = await scope(() => consents.find(account!.accountId, client!.clientId))
    return consent?.redirectHosts.includes(host) !== true
  })
}

/**
 * Requires the level that the application asked for by `acr_values` or `claims` (RFC 9470 section 4).
 * Values that are unknown, or need passkeys where those do not work, are ignored: `acr_values` and voluntary claims
 * are preferences, and the `acr` claim says what was reached (OIDC Core section 5.5.1.1).
 * @throws UnmetAuthenticationRequirements if the claim is essential and none of its values is supported
 */
function requestedLevelReached({ passkeys }: Parts) {
  return new Check('acr', 'a stronger End-User authentication is required', 'login_required', ctx => {
    const acr = requestedAcr(ctx.oidc.params ?? {})
    const level = requestedLevel(acr, { passkeys })
    if (level === null && acr.essential)
      throw new errors.UnmetAuthenticationRequirements(
        `this server cannot meet any of the requested acr values; it supports: ${acrValues({ passkeys }).join(', ')}`,
      )
    return level !== null && !reaches(sessionLevel(ctx.oidc.session?.amr), level)
  })
}

/**
 * Requires a second factor if this server's rules demand it of the person, or the client demands it of everyone. Who acts
 * as a person has just used their own.
 */
function secondFactor({ people, rules }: Parts) {
  return new Check('second_factor', 'a second factor is required', 'login_required', async ctx => {
    const { accountId = '', amr = [], impersonation } = ctx.oidc.session ?? {}
    const person = await people.find(accountId)
    if (!person || impersonation || amr.includes('rba') || reaches(sessionLevel(amr), '2fa')) return false
    const clientRequires = ctx.oidc.client!.second_factor_required === true
    const due = person.secondFactorDue === null ? null : new Date(person.secondFactorDue * 1000)
    const enrolment = rules.enrolment({ roles: person.roles, due }, { clientRequires })
    return enrolment === 'required' || (enrolment === 'offered' && due === null)
  })
}

/** Requires a verified email address if the client demands it. */
function verifiedEmail({ people }: Parts) {
  return new Check('verified_email', 'a verified email address is required', 'interaction_required', async ctx => {
    const person = await people.find(ctx.oidc.session?.accountId ?? '')
    return person !== null && lacksVerifiedEmail(ctx.oidc.client, person)
  })
}

/**
 * Keeps out a person whose roles do not allow this application, or none of what it asks for at APIs and nothing else.
 * `prompt=none` is answered with `access_denied`.
 */
function roleAllows({ people }: Parts) {
  return new Check('role', ROLE_REFUSED, 'access_denied', async ctx => {
    const { session, client, params, resourceServers = {}, requestParamScopes: requested } = ctx.oidc
    const person = await people.find(session?.accountId ?? '')
    // Here the APIs have only the scopes that the roles of the person allow (people/role-scopes.ts).
    const allowed = Object.values(resourceServers).some(({ scopes }) => !scopes.isDisjointFrom(requested))
    return person !== null && (keptOutByRole(client, person) || (isForApisAlone(params ?? {}) && !allowed))
  })
}
