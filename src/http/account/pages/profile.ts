import { page } from '../page.ts'

/** In the order of the page, with what browsers may fill in (HTML, autofill field names). */
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

/** What the person says about themselves: the standard claims (OIDC Core section 5.1). */
export const profile = page({
  path: '/profile',
  here: 'profile',
  async data({ app, person }) {
    const { address, ...claims } = app.profiles.of(await app.accounts.find(person.id))
    const values: Record<string, string | undefined> = { ...claims, address: address?.formatted }
    return {
      fields: Object.entries(FIELDS).map(([name, autocomplete]) => ({ name, value: values[name] ?? '', autocomplete })),
    }
  },
})
