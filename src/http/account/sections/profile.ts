import { z } from 'zod'
import type { Account } from '../../../accounts/account.ts'
import { PROFILE_CLAIMS, profileUpdate } from '../../../accounts/profile.ts'
import type { App } from '../../../app.ts'
import type { Person } from '../../../oidc/people/people.ts'
import { action } from '../action.ts'
import { apiJson } from '../api-json.ts'
import type { AccountPage } from '../page.ts'
import { responses } from '../response-schemas.ts'

/** The claims in the order of the page, with their autofill field names (HTML). */
const FIELDS: Readonly<Record<string, string>> = {
  name: 'name',
  given_name: 'given-name',
  middle_name: 'additional-name',
  family_name: 'family-name',
  nickname: 'nickname',
  preferred_username: 'username',
  birthdate: 'bday',
  gender: 'off',
  phone_number: 'tel',
  address: 'off',
  website: 'url',
  profile: 'off',
  picture: 'off',
  zoneinfo: 'off',
  locale: 'language',
}

/** The profile claims, which the person enters (OIDC Core section 5.1). */
export const pages: readonly AccountPage[] = [
  {
    name: 'profile',
    path: '/profile',
    menu: 20,
    async data({ app, person }) {
      const { address, ...claims } = app.profiles.of(await app.accounts.find(person.id))
      const values: Record<string, string | undefined> = { ...claims, address: address?.formatted }
      return {
        fields: Object.entries(FIELDS).map(([name, autocomplete]) => ({
          name,
          value: values[name] ?? '',
          autocomplete,
        })),
      }
    },
  },
]

const ProfileChange = z.strictObject({ profile: profileUpdate }).meta({
  title: 'ProfileChange',
  description: 'null or an empty text removes a claim; claims that are left out stay (RFC 7396).',
})

export const actions = [
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

function described(app: App, account: Account, { roles }: Person) {
  const { id, email, emailVerified, createdAt, deletionDue } = account.summary()
  return apiJson({ id, email, emailVerified, profile: app.profiles.of(account), roles, createdAt, deletionDue })
}
