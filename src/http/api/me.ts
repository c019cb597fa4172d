import type { z } from 'zod'
import type { Account } from '../../accounts/account.ts'
import type { App } from '../../app.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { Person } from '../../oidc/people.ts'
import { bodies } from './bodies.ts'
import { type Route, route } from './route.ts'
import { answers } from './schemas.ts'

/** Who the person is here, and what they say about themself. */
export function meRoutes(app: App): Route[] {
  const described = (account: Account, { roles }: Person): z.input<typeof answers.Me> => ({
    id: account.id,
    email: account.email,
    email_verified: account.emailVerified,
    profile: app.profiles.of(account),
    roles,
    created_at: account.createdAt.toISOString(),
    deletion_due: account.deletionDue?.toISOString() ?? null,
  })

  return [
    route({
      method: 'get',
      path: '/me',
      name: 'readMe',
      summary: 'The account, its profile and its standing',
      answer: answers.Me,
      handle: async ({ account, person }) => described(await account(), person),
    }),
    route({
      method: 'patch',
      path: '/me',
      name: 'changeProfile',
      summary: 'Changes the profile',
      body: bodies.ProfileChange,
      answer: answers.Me,
      async handle({ account, person, body, by }) {
        const changed = await account()
        try {
          await app.profiles.update(changed, body.profile, { by })
        } catch (error) {
          throw namingFields(error)
        }
        return described(changed, person)
      },
    }),
  ]
}

/** By their place in the body, as all fields are named. */
function namingFields(error: unknown): unknown {
  if (!(error instanceof InvalidInput)) return error
  const fields = Object.entries(error.fields).map(([name, word]) => [`profile.${name}`, word])
  return new InvalidInput(Object.fromEntries(fields), error.message)
}
