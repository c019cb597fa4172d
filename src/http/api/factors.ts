import type { App } from '../../app.ts'
import { deviceOf } from '../../audit/device.ts'
import type { Device } from '../../credentials/device.ts'
import { deviceWords } from '../history-words.ts'
import type { Locale } from '../locale.ts'
import { bodies } from './bodies.ts'
import { type Route, route } from './route.ts'
import { answers } from './schemas.ts'

/** What the person has beside the password, and the browsers that are spared it. */
export function factorRoutes({ totps, factors, factorChanges, factorResets, devices }: App): Route[] {
  const browser = ({ id, userAgent, trustedAt, trustedUntil }: Device, locale: Locale) => ({
    id,
    device: deviceWords(deviceOf(userAgent), locale),
    since: trustedAt!.toISOString(),
    until: trustedUntil!.toISOString(),
  })

  return [
    route({
      method: 'get',
      path: '/me/factors',
      name: 'getFactors',
      summary: 'What the person has beside the password',
      answer: answers.Factors,
      async handle({ account, locale }) {
        const who = await account()
        const [totp, held] = [await totps.of(who), await factors.of(who)]
        return {
          totp: totp && {
            added_at: totp.addedAt.toISOString(),
            last_used_at: totp.lastUsedAt?.toISOString() ?? null,
          },
          passkeys: held.passkeys,
          recovery_codes_left: held.recoveryCodes,
          trusted_browsers: (await devices.trustedOf(who)).map(each => browser(each, locale)),
          reset_due: (await factorResets.pending(who))?.toISOString() ?? null,
        }
      },
    }),
    route({
      method: 'post',
      path: '/me/factors/totp/proposals',
      name: 'proposeTotp',
      summary: 'A seed for an authenticator app',
      description: 'Nothing is kept of it before its app has shown a right code, within a quarter of an hour.',
      recent: true,
      body: bodies.Nothing,
      answer: answers.TotpProposal,
      handle: async ({ account }) => totps.propose(await account()),
    }),
    route({
      method: 'put',
      path: '/me/factors/totp',
      name: 'addTotp',
      summary: 'Adds the authenticator app that shows this code',
      description:
        'It takes the place of one that there was. With the first second factor come recovery codes, shown this once. No ' +
        'browser is trusted any more, and a letter tells of it.',
      recent: true,
      body: bodies.TotpConfirmation,
      answer: answers.FirstRecoveryCodes,
      handle: async ({ account, body, by }) => ({
        recovery_codes: await factorChanges.addTotp(await account(), body, { by }),
      }),
    }),
    route({
      method: 'delete',
      path: '/me/factors/totp',
      name: 'removeTotp',
      summary: 'Removes the authenticator app',
      description: 'Recovery codes go with the last second factor.',
      recent: true,
      handle: async ({ account, by }) => factorChanges.removeTotp(await account(), { by }),
    }),
    route({
      method: 'post',
      path: '/me/factors/recovery-codes',
      name: 'makeRecoveryCodes',
      summary: 'Makes new recovery codes',
      description: 'Shown this once; the old ones stop working.',
      recent: true,
      body: bodies.Nothing,
      answer: answers.RecoveryCodes,
      refuses: [409],
      handle: async ({ account, by }) => ({
        recovery_codes: await factorChanges.makeRecoveryCodes(await account(), { by }),
      }),
    }),
    route({
      method: 'delete',
      path: '/me/factors/trusted-browsers/:id',
      name: 'distrustBrowser',
      summary: 'Asks one browser for the second factor again',
      recent: true,
      refuses: [404],
      handle: async ({ account, params, by }) => devices.distrust(await account(), params.id ?? '', { by }),
    }),
    route({
      method: 'delete',
      path: '/me/factors/trusted-browsers',
      name: 'distrustBrowsers',
      summary: 'Asks all browsers for the second factor again',
      recent: true,
      handle: async ({ account, by }) => devices.distrustAll(await account(), { by }),
    }),
    route({
      method: 'delete',
      path: '/me/factors/reset',
      name: 'cancelFactorReset',
      summary: 'Keeps second factors of which somebody said that they are lost',
      recent: true,
      handle: async ({ account, by }) => factorResets.cancel(await account(), { by }),
    }),
  ]
}
