import type { Account } from '../../accounts/account.ts'
import { InvalidInput } from '../../base/refusals.ts'
import type { Context } from '../context.ts'
import { fieldProblem } from '../field-problems.ts'
import type { Visit } from './door.ts'
import type { AccountParts } from './parts.ts'

/** In the order of the page; the address is one text there, and `address.formatted` as a claim. */
const FIELDS = [
  'name',
  'given_name',
  'middle_name',
  'family_name',
  'nickname',
  'preferred_username',
  'birthdate',
  'gender',
  'phone_number',
  'address',
  'website',
  'profile',
  'picture',
  'zoneinfo',
  'locale',
]

/** What browsers may fill in (HTML, autofill field names), by claim. */
const AUTOCOMPLETE: Record<string, string> = {
  name: 'name',
  given_name: 'given-name',
  family_name: 'family-name',
  middle_name: 'additional-name',
  nickname: 'nickname',
  preferred_username: 'username',
  website: 'url',
  birthdate: 'bday',
  phone_number: 'tel',
  locale: 'language',
}

/** What the person says about themself: the standard claims (OIDC Core section 5.1). */
export class Profile {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async page(
    ctx: Context,
    visit: Visit,
    typed: URLSearchParams | null = ctx.state.earlier ? ctx.state.form : null,
    problems: Record<string, string> = {},
  ): Promise<void> {
    const { app, frame, show } = this.#parts
    const values = shown(await app.accounts.find(visit.person.id))
    show(ctx, 'account/profile', {
      ...(await frame.around(ctx, visit, 'profile')),
      fields: FIELDS.map(name => ({
        name,
        value: typed?.get(name) ?? values[name] ?? '',
        problem: problems[name] ? fieldProblem(name, problems[name]) : null,
        autocomplete: AUTOCOMPLETE[name] ?? 'off',
      })),
    })
  }

  async save(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    const { form } = ctx.state
    const given = FIELDS.filter(name => form.has(name)).map(name => [name, form.get(name) || null] as const)
    const update = Object.fromEntries(
      given.map(([name, value]) => [name, name === 'address' && value ? { formatted: value } : value]),
    )
    try {
      await app.profiles.update(await app.accounts.find(visit.person.id), update, { by: frame.actor(ctx, visit) })
      frame.back(ctx, 'profile', 'profile')
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      ctx.status = error.status
      await this.page(ctx, visit, form, { ...error.fields })
    }
  }
}

function shown({ name, username, profile }: Account): Record<string, string | undefined> {
  const { address, ...claims } = profile
  return { ...claims, name: name ?? undefined, preferred_username: username ?? undefined, address: address?.formatted }
}
