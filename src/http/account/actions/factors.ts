import { z } from 'zod'
import { deviceOf } from '../../../audit/device.ts'
import type { Device } from '../../../credentials/device.ts'
import { PASSED } from '../../../login/assurance.ts'
import { deviceWords } from '../../history-words.ts'
import type { Locale } from '../../locale.ts'
import { action, nothing, recoveryCodes, text } from '../action.ts'
import { answers } from '../answers.ts'

/** What the person has beside the password, and the browsers that are spared it. */
export const factorActions = [
  action({
    name: 'getFactors',
    method: 'get',
    path: '/factors',
    api: { summary: 'What the person has beside the password', answer: answers.Factors },
    async does({ app, account, locale }) {
      const who = await account()
      const [totp, held] = [await app.totps.of(who), await app.factors.of(who)]
      return {
        totp: totp && {
          added_at: totp.addedAt.toISOString(),
          last_used_at: totp.lastUsedAt?.toISOString() ?? null,
        },
        passkeys: held.passkeys,
        recovery_codes_left: held.recoveryCodes,
        trusted_browsers: (await app.devices.trustedOf(who)).map(each => described(each, locale)),
        reset_due: (await app.factorResets.pending(who))?.toISOString() ?? null,
      }
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
      summary: 'A seed for an authenticator app',
      description: 'Nothing is kept of it before its app has shown a right code, within a quarter of an hour.',
      answer: answers.TotpProposal,
    },
    does: async ({ app, account }) => app.totps.propose(await account()),
  }),
  action({
    name: 'addTotp',
    method: 'put',
    path: '/factors/totp',
    recent: true,
    body: z
      .strictObject({ proposal: text(1024), code: text(32).meta({ description: 'What the app shows: six digits.' }) })
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
        'It takes the place of one that there was. With the first second factor come recovery codes, shown this once. No ' +
        'browser is trusted any more, and an email tells of it.',
      answer: answers.FirstRecoveryCodes,
    },
    async does({ app, account, body, by, browser }) {
      const codes = await app.factorChanges.addTotp(await account(), body, { by })
      await browser?.passed(PASSED.totp)
      return { recovery_codes: codes }
    },
  }),
  action({
    name: 'removeTotp',
    method: 'delete',
    path: '/factors/totp',
    recent: true,
    form: { page: 'security', notice: 'app-removed' },
    api: { summary: 'Removes the authenticator app', description: 'Recovery codes go with the last second factor.' },
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
      description: 'Shown this once; the old ones stop working.',
      answer: answers.RecoveryCodes,
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
    api: { summary: 'Asks one browser for the second factor again', refuses: [404] },
    does: async ({ app, account, item, by }) => app.devices.distrust(await account(), item, { by }),
  }),
  action({
    name: 'distrustBrowsers',
    method: 'delete',
    path: '/factors/trusted-browsers',
    recent: true,
    form: { page: 'security', notice: 'distrusted-all' },
    api: { summary: 'Asks all browsers for the second factor again' },
    does: async ({ app, account, by }) => app.devices.distrustAll(await account(), { by }),
  }),
  action({
    name: 'cancelFactorReset',
    method: 'delete',
    path: '/factors/reset',
    recent: true,
    form: { page: 'security', notice: 'factors-kept' },
    api: { summary: 'Keeps second factors that were reported as lost' },
    does: async ({ app, account, by }) => app.factorResets.cancel(await account(), { by }),
  }),
]

function described({ id, userAgent, trustedAt, trustedUntil }: Device, locale: Locale) {
  return {
    id,
    device: deviceWords(deviceOf(userAgent), locale),
    since: trustedAt!.toISOString(),
    until: trustedUntil!.toISOString(),
  }
}
