import { z } from 'zod'
import type { Account } from '../../../accounts/account.ts'
import { PROFILE_CLAIMS, profileUpdate } from '../../../accounts/profile.ts'
import type { App } from '../../../app.ts'
import type { Person } from '../../../oidc/people/people.ts'
import { action } from '../action.ts'
import { responses } from '../response-schemas.ts'

const ProfileChange = z.strictObject({ profile: profileUpdate }).meta({
  title: 'ProfileChange',
  description: 'null or an empty text removes a claim; claims that are left out stay (RFC 7396).',
})

/** The account, and the profile that the person fills in. */
export const profileActions = [
  action({
    name: 'readMe',
    method: 'get',
    path: '',
    api: { summary: 'The account and its profile', answer: responses.Me },
    does: async ({ app, account, person }) => described(app, await account(), person),
  }),
  action({
    name: 'changeProfile',
    method: 'patch',
    path: '',
    body: ProfileChange,
    fields: Object.fromEntries(PROFILE_CLAIMS.map(claim => [claim, `profile.${claim}`])),
    form: { page: 'profile', notice: 'profile', keeps: PROFILE_CLAIMS, reads: profileIn },
    api: { summary: 'Changes the profile', answer: responses.Me },
    async does({ app, account, person, body, by }) {
      const changed = await account()
      await app.profiles.update(changed, body.profile, { by })
      return described(app, changed, person)
    },
  }),
]

/** The address is one text in the form, and `address.formatted` as a claim. */
function profileIn(fields: URLSearchParams): z.input<typeof ProfileChange> {
  const given = PROFILE_CLAIMS.filter(name => fields.has(name)).map(name => [name, fields.get(name) ?? ''] as const)
  const profile = given.map(([name, value]) => [name, name === 'address' ? { formatted: value } : value])
  return { profile: Object.fromEntries(profile) }
}

function described(app: App, account: Account, { roles }: Person): z.input<typeof responses.Me> {
  return {
    id: account.id,
    email: account.email,
    email_verified: account.emailVerified,
    profile: app.profiles.of(account),
    roles,
    created_at: account.createdAt.toISOString(),
    deletion_due: account.deletionDue?.toISOString() ?? null,
  }
}
