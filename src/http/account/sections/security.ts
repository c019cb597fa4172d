import type { Account } from '../../../accounts/account.ts'
import { MOST_PASSKEYS } from '../../../credentials/passkeys/passkeys.ts'
import { PASSWORD_MINIMUM } from '../../../credentials/passwords/password-rules.ts'
import { FEW_RECOVERY_CODES } from '../../../credentials/recovery-codes/recovery-codes.ts'
import { type ProviderView, providerView } from '../../kit/pages/page-parts.ts'
import { readBrowserTokens } from '../../kit/request/known-browser-cookie.ts'
import { type SubmittedForm, submittedForm } from '../forms/submitted-form.ts'
import type { AccountPage, AccountRequest } from '../page.ts'
import { trustedBrowsersOf } from './factors.ts'

/** The password, the address, sign-in methods and second factors. */
export const pages: readonly AccountPage[] = [
  {
    name: 'security',
    path: '/security',
    menu: 30,
    recent: true,
    async data(request) {
      const { app, person } = request
      const account = await app.accounts.find(person.id)
      const { any, recoveryCodes: left } = await app.secondFactors.of(account)
      const { passkeys, connections } = await app.signInMethods.of(account)
      const connected = await connectionsOf(request, account)
      return {
        submitted: withProviderTitle(connected.connectable, request.submitted ?? upstreamFailure(request)),
        hasPassword: await app.passwords.has(account),
        passwordMinimum: PASSWORD_MINIMUM,
        passwordRemovable: passkeys > 0 || connections > 0,
        ...(await passkeysOf(request, account)),
        ...connected,
        authenticatorApp: await app.totps.of(account),
        /** Null if there is no second factor. */
        recoveryCodes: any ? { left, few: left <= FEW_RECOVERY_CODES } : null,
        trustedBrowsers: await trustedBrowsers(request, account),
        factorResetAt: await app.factorResets.pending(account),
      }
    },
  },
]

/** The codes of failed upstream requests that the callback adds to the URL of this page. */
const UPSTREAM_PROBLEMS: readonly unknown[] = ['cancelled', 'unavailable', 'broken', 'closed']

function upstreamFailure({ ctx: { query } }: AccountRequest) {
  if (!UPSTREAM_PROBLEMS.includes(query.upstream)) return null
  const sent = new URLSearchParams({ provider: String(query.provider ?? '') })
  const wrong = { connections: String(query.upstream) }
  return submittedForm({ action: 'connectIdentity', keeps: ['provider'] }, sent, wrong)
}

/** Adds the title of the provider to the problems of a connection. */
function withProviderTitle(providers: ProviderView[], sent: SubmittedForm | null): SubmittedForm | null {
  const provider = providers.find(({ name }) => name === sent?.typed.provider)?.title
  if (!sent || provider === undefined) return sent
  const named = Object.entries(sent.problems).map(([field, { key, vars }]) => [
    field,
    { key, vars: { ...vars, provider } },
  ])
  return { ...sent, problems: Object.fromEntries(named) }
}

async function passkeysOf({ app }: AccountRequest, account: Account) {
  const passkeys = await app.passkeys.of(account)
  const { usable } = app.webauthn
  return {
    passkeys: passkeys.map(passkey => passkey.summary()),
    /** Whether browsers can create passkeys for the host of this server. */
    passkeysUsable: usable,
    /** Null if none can be added. */
    passkey: usable && passkeys.length < MOST_PASSKEYS ? await app.passkeys.registrationOptions(account) : null,
  }
}

async function connectionsOf({ app }: AccountRequest, account: Account) {
  const links = await app.identityLinks.of(account)
  return {
    connections: links.map(({ id, provider, email, createdAt, lastUsedAt }) => ({
      ...providerView(provider),
      id,
      email: email ?? null,
      createdAt,
      lastUsedAt: lastUsedAt ?? null,
      /** whether its provider is enabled */
      open: provider.enabled,
    })),
    connectable: (await app.identityProviders.enabled()).map(providerView),
  }
}

async function trustedBrowsers({ app, ctx }: AccountRequest, account: Account) {
  const here = await app.knownBrowsers.find(account, readBrowserTokens(ctx, app.config))
  const all = await trustedBrowsersOf(app, account, ctx.state.locale)
  return all.map(each => ({ ...each, current: each.id === here?.id }))
}
