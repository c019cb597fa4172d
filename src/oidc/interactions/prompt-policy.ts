import { reaches } from '../../login/assurance.ts'
import type { SecondFactorRules } from '../../login/second-factor-rules.ts'
import type { ExtraMetadata } from '../clients/client-metadata.ts'
import { acrAsked, levelAsked, sessionLevel } from '../people/acr.ts'
import { lacksProof } from '../people/find-account.ts'
import type { People } from '../people/people.ts'
import { errors, interactionPolicy } from '../provider/library.ts'

const { base, Check } = interactionPolicy

/**
 * When a person has to do something: the library's own rules, with ours for how sure a session must be of its person, and
 * one more: a session whose account is gone or suspended counts as none, so that the next visit is a normal sign-in.
 */
export function policy({ people, rules, passkeys }: { people: People; rules: SecondFactorRules; passkeys: boolean }) {
  const prompts = base()
  const checks = prompts.get('login')!.checks
  // These compare names; ours compare levels, and know more names for one level.
  checks.remove('essential_acrs')
  checks.remove('essential_acr')
  checks.remove('max_age')
  checks.add(accountAvailable())
  checks.add(recentEnough())
  checks.add(sureEnough(passkeys))
  checks.add(secondFactor(people, rules))
  checks.add(provenAddress(people))
  return prompts
}

function accountAvailable() {
  return new Check(
    'account_unavailable',
    'End-User authentication is required',
    'login_required',
    ctx => Boolean(ctx.oidc.session?.accountId) && !ctx.oidc.account,
  )
}

/** Whoever has just signed in has done so recently; a session that was only made surer is as old as it was. */
function recentEnough() {
  return new Check('max_age', 'End-User authentication could not be obtained', 'login_required', ctx => {
    const { params, session, result } = ctx.oidc
    if (params?.max_age === undefined) return false
    return session!.past(Number(params.max_age)) && (!result?.login || result.login.carried === true)
  })
}

/**
 * What the application asked for by `acr_values` or `claims` (RFC 9470 section 4). What nobody can show at this place is
 * said to the application, and asked of nobody.
 */
function sureEnough(passkeys: boolean) {
  return new Check('acr', 'a stronger End-User authentication is required', 'login_required', ctx => {
    const asked = acrAsked(ctx.oidc.params ?? {})
    const level = levelAsked(asked)
    if (level === null) {
      if (!asked.essential) return false
      throw new errors.UnmetAuthenticationRequirements('none of the requested acr values is known here')
    }
    const sure = reaches(sessionLevel(ctx.oidc.session?.amr), level)
    if (!sure && level === 'phr' && !passkeys)
      throw new errors.UnmetAuthenticationRequirements('passkeys cannot be used at this address of the provider')
    return !sure
  })
}

/** What the rules of this place demand of the person, or the client of everybody. */
function secondFactor(people: People, rules: SecondFactorRules) {
  return new Check('second_factor', 'a second factor is required', 'login_required', async ctx => {
    const { accountId, amr = [] } = ctx.oidc.session ?? {}
    const person = accountId ? await people.find(accountId) : null
    if (!person || amr.includes('rba') || reaches(sessionLevel(amr), '2fa')) return false
    const clientDemands = (ctx.oidc.client as Partial<ExtraMetadata>).second_factor_required === true
    const due = person.secondFactorDue === null ? null : new Date(person.secondFactorDue * 1000)
    const enrolment = rules.enrolment({ roles: person.roles, due }, { clientDemands })
    return enrolment === 'required' || (enrolment === 'offered' && due === null)
  })
}

/** What the client demands of everybody. */
function provenAddress(people: People) {
  return new Check('verified_email', 'a verified e-mail address is required', 'interaction_required', async ctx => {
    const { accountId } = ctx.oidc.session ?? {}
    const person = accountId ? await people.find(accountId) : null
    return person !== null && lacksProof(ctx.oidc.client, person)
  })
}
