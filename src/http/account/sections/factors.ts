import { z } from 'zod'
import type { Account } from '../../../accounts/account.ts'
import type { App } from '../../../app.ts'
import { deviceOf } from '../../../base/text/user-agent.ts'
import { deviceText } from '../../../i18n/history-text.ts'
import type { Locale } from '../../../i18n/locale.ts'
import { METHODS } from '../../../login/assurance.ts'
import { action, nothing, recoveryCodes, text } from '../action.ts'
import { apiJson } from '../api-json.ts'
import type { AccountPage } from '../page.ts'
import { responses } from '../response-schemas.ts'

/** A QR code to scan. A form that is shown again keeps its proposal, since the app may have scanned it already. */
export const pages: readonly AccountPage[] = [
  {
    name: 'authenticator-app',
    path: '/authenticator-app',
    partOf: 'security',
    recent: true,
    async data({ app, person, submitted }) {
      const account = await app.accounts.find(person.id)
      const proposal = app.totps.proposeAgain(account, submitted?.typed.proposal)
      return { proposal, replaces: (await app.totps.of(account)) !== null }
    },
  },
]

/** Second factors, and the trusted browsers that are not asked for one. */
export const actions = [
  action({
    name: 'getFactors',
    method: 'get',
    path: '/factors',
    api: { summary: 'The second factors and trusted browsers', answer: responses.Factors },
    async does({ app, account, locale }) {
      const who = await account()
      const { passkeys, recoveryCodes: recoveryCodesLeft } = await app.secondFactors.of(who)
      return apiJson({
        totp: await app.totps.of(who),
        passkeys,
        recoveryCodesLeft,
        trustedBrowsers: await trustedBrowsersOf(app, who, locale),
        resetDue: await app.factorResets.pending(who),
      })
    },
  }),
  action({
    name: 'proposeTotp',
    method: 'post',
    path: '/factors/totp/proposals',
    recent: true,
    body: nothing,
    form: null,
    api: {
      summary: 'A secret for an authenticator app',
      description: 'It is stored once a code from the app confirms it, within 15 minutes.',
      answer: responses.TotpProposal,
    },
    does: async ({ app, account }) => app.totps.propose(await account()),
  }),
  action({
    name: 'addTotp',
    method: 'put',
    path: '/factors/totp',
    recent: true,
    body: z
      .strictObject({
        proposal: text(1024),
        code: text(32).meta({ description: 'The six digits that the app shows.' }),
      })
      .meta({ title: 'TotpConfirmation' }),
    form: {
      page: 'authenticator-app',
      leadsTo: 'security',
      notice: 'app',
      keeps: ['proposal'],
      shows: recoveryCodes,
    },
    api: {
      summary: 'Adds the authenticator app that shows this code',
      description:
        'It replaces the previous one. Adding the first second factor also returns recovery codes, which are shown only ' +
        'once. All trusted browsers are forgotten, and the person is emailed.',
      answer: responses.FirstRecoveryCodes,
    },
    async does({ app, account, body, by, browser }) {
      const codes = await app.factorChanges.addTotp(await account(), body, { by })
      await browser?.passed(METHODS.totp)
      return { recovery_codes: codes }
    },
  }),
  action({
    name: 'removeTotp',
    method: 'delete',
    path: '/factors/totp',
    recent: true,
    form: { page: 'security', notice: 'app-removed' },
    api: {
      summary: 'Removes the authenticator app',
      description: 'Recovery codes are removed with the last second factor.',
    },
    does: async ({ app, account, by }) => app.factorChanges.removeTotp(await account(), { by }),
  }),
  action({
    name: 'makeRecoveryCodes',
    method: 'post',
    path: '/factors/recovery-codes',
    recent: true,
    body: nothing,
    form: { page: 'security', notice: null, shows: recoveryCodes },
    api: {
      summary: 'Makes new recovery codes',
      description: 'They are shown only once; the old ones stop working.',
      answer: responses.RecoveryCodes,
      refuses: [409],
    },
    does: async ({ app, account, by }) => ({
      recovery_codes: await app.factorChanges.makeRecoveryCodes(await account(), { by }),
    }),
  }),
  action({
    name: 'distrustBrowser',
    method: 'delete',
    path: '/factors/trusted-browsers/:id',
    recent: true,
    form: { page: 'security', notice: 'distrusted' },
    api: { summary: 'Stops trusting one browser', refuses: [404] },
    does: async ({ app, account, item, by }) => app.knownBrowsers.distrust(await account(), item, { by }),
  }),
  action({
    name: 'distrustBrowsers',
    method: 'delete',
    path: '/factors/trusted-browsers',
    recent: true,
    form: { page: 'security', notice: 'distrusted-all' },
    api: { summary: 'Stops trusting all browsers' },
    does: async ({ app, account, by }) => app.knownBrowsers.distrustAll(await account(), { by }),
  }),
  action({
    name: 'cancelFactorReset',
    method: 'delete',
    path: '/factors/reset',
    recent: true,
    form: { page: 'security', notice: 'factors-kept' },
    api: { summary: 'Cancels the removal of second factors that were reported lost' },
    does: async ({ app, account, by }) => app.factorResets.cancel(await account(), { by }),
  }),
]

export async function trustedBrowsersOf(app: App, account: Account, locale: Locale) {
  return (await app.knownBrowsers.trustedOf(account)).map(({ id, userAgent, trustedAt, trustedUntil }) => ({
    id,
    device: deviceText(deviceOf(userAgent), locale),
    since: trustedAt!,
    until: trustedUntil!,
  }))
}
