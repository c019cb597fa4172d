import { z } from 'zod'
import { keyAmr, METHODS } from '../../../login/assurance.ts'
import { action, nothing, recoveryCodes, text } from '../action.ts'
import { apiJson } from '../api-json.ts'
import { responses } from '../response-schemas.ts'

const NewPasskey = z
  .strictObject({
    challenge_token: text(2048),
    response: z.looseObject({}).meta({
      description: '`toJSON()` of the result of `navigator.credentials.create`: a RegistrationResponseJSON.',
    }),
    name: text(200)
      .optional()
      .meta({ description: 'If it is left out, the passkey gets the name of its authenticator.' }),
  })
  .meta({ title: 'NewPasskey' })

/** The person's passkeys. Creating one takes two calls; between them, a browser creates it at PUBLIC_URL. */
export const actions = [
  action({
    name: 'listPasskeys',
    method: 'get',
    path: '/passkeys',
    api: { summary: 'The passkeys of the person', answer: responses.Passkeys },
    does: async ({ app, person }) =>
      apiJson({ passkeys: (await app.passkeys.of(person.id)).map(each => each.summary()) }),
  }),
  action({
    name: 'beginPasskey',
    method: 'post',
    path: '/passkeys/challenges',
    recent: true,
    body: nothing,
    form: null,
    api: {
      summary: 'The options with which a browser creates a passkey',
      description:
        'For `navigator.credentials.create` on a page of the issuer’s origin; browsers refuse it on any other page. ' +
        'Valid for five minutes.',
      answer: responses.PasskeyChallenge,
    },
    async does({ app, account }) {
      const { options, challengeToken } = await app.passkeys.registrationOptions(await account())
      return { options: { ...options }, challenge_token: challengeToken }
    },
  }),
  action({
    name: 'addPasskey',
    method: 'post',
    path: '/passkeys',
    recent: true,
    body: NewPasskey,
    form: { page: 'security', notice: 'passkey-added', shows: recoveryCodes },
    api: {
      summary: 'Adds the passkey that the browser has created',
      description:
        'Adding the first second factor also returns recovery codes, which are shown only once. All trusted browsers are ' +
        'forgotten, and the person is emailed.',
      answer: responses.AddedPasskey,
      status: 201,
    },
    async does({ app, account, body: { challenge_token: challengeToken, ...body }, by, browser }) {
      const created = { ...body, challengeToken }
      const { added, recoveryCodes: codes } = await app.factorChanges.addPasskey(await account(), created, { by })
      await browser?.passed(METHODS.passkey(keyAmr(added)))
      return apiJson({ passkey: added.summary(), recoveryCodes: codes })
    },
  }),
  action({
    name: 'renamePasskey',
    method: 'patch',
    path: '/passkeys/:id',
    recent: true,
    body: z.strictObject({ name: text(200) }).meta({ title: 'PasskeyChange' }),
    form: { page: 'security', notice: 'passkey-renamed', keeps: ['name'] },
    api: { summary: 'Renames a passkey', answer: responses.Passkey, refuses: [404] },
    does: async ({ app, account, item, body, by }) =>
      apiJson((await app.passkeys.rename(await account(), item, body.name, { by })).summary()),
  }),
  action({
    name: 'removePasskey',
    method: 'delete',
    path: '/passkeys/:id',
    recent: true,
    refusals: { last_sign_in_method: 'last-sign-in-method' },
    about: 'name',
    form: { page: 'security', notice: 'passkey-removed' },
    api: {
      summary: 'Removes a passkey',
      description: 'The last sign-in method cannot be removed: 403, `last_sign_in_method`.',
      refuses: [404],
    },
    does: async ({ app, account, item, by }) => app.factorChanges.removePasskey(await account(), item, { by }),
  }),
]
