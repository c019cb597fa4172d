import type { App } from '../../app.ts'
import type { Passkey } from '../../credentials/passkey.ts'
import { bodies } from './bodies.ts'
import { type Route, route } from './route.ts'
import { answers } from './schemas.ts'

/** The person's passkeys. Making one takes two calls, and a browser at PUBLIC_URL between them. */
export function passkeyRoutes({ passkeys, factorChanges }: App): Route[] {
  const described = (passkey: Passkey) => ({
    id: passkey.id,
    name: passkey.name,
    synced: passkey.synced,
    created_at: passkey.createdAt.toISOString(),
    last_used_at: passkey.lastUsedAt?.toISOString() ?? null,
  })

  return [
    route({
      method: 'get',
      path: '/me/passkeys',
      name: 'listPasskeys',
      summary: 'The passkeys of the person',
      answer: answers.Passkeys,
      handle: async ({ person }) => ({ passkeys: (await passkeys.of(person.id)).map(described) }),
    }),
    route({
      method: 'post',
      path: '/me/passkeys/ceremonies',
      name: 'beginPasskey',
      summary: 'What a browser needs to make a passkey',
      description:
        'For `navigator.credentials.create` in a page of the origin of the issuer: elsewhere browsers make no passkeys for ' +
        'it. Good for five minutes.',
      recent: true,
      body: bodies.Nothing,
      answer: answers.PasskeyCeremony,
      async handle({ account }) {
        const { options, ceremony } = await passkeys.registrationOptions(await account())
        return { options: { ...options }, ceremony }
      },
    }),
    route({
      method: 'post',
      path: '/me/passkeys',
      name: 'addPasskey',
      summary: 'Adds the passkey that the browser has made',
      description:
        'With the first second factor come recovery codes, shown this once. No browser is trusted any more, and a letter ' +
        'tells of it.',
      recent: true,
      body: bodies.NewPasskey,
      answer: answers.AddedPasskey,
      status: 201,
      async handle({ account, body, by }) {
        const { added, recoveryCodes } = await factorChanges.addPasskey(await account(), body, { by })
        return { passkey: described(added), recovery_codes: recoveryCodes }
      },
    }),
    route({
      method: 'patch',
      path: '/me/passkeys/:id',
      name: 'renamePasskey',
      summary: 'Gives a passkey another name',
      recent: true,
      body: bodies.PasskeyChange,
      answer: answers.Passkey,
      refuses: [404],
      handle: async ({ account, params, body, by }) =>
        described(await passkeys.rename(await account(), params.id ?? '', body.name, { by })),
    }),
    route({
      method: 'delete',
      path: '/me/passkeys/:id',
      name: 'removePasskey',
      summary: 'Removes a passkey',
      description: 'The last way in stays: 403, `last_way_in`.',
      recent: true,
      refuses: [404],
      handle: async ({ account, params, by }) => factorChanges.removePasskey(await account(), params.id ?? '', { by }),
    }),
  ]
}
