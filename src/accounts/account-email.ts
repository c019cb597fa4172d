import type { Letter, LetterKind } from '../mail/letter.ts'
import type { Account } from './account.ts'

/**
 * An email to an account, in the account's language. The one place that decides whether it carries a name: what a
 * stranger typed into a registration is said to no address that nobody has verified.
 * @param options.to where the email goes instead of the account's address: its former one, say
 * @param options.locale the language that was asked for
 */
export function accountEmail(
  kind: LetterKind,
  account: Account,
  data: Record<string, string>,
  { to = account.email, locale = account.language }: { to?: string; locale?: Letter['locale'] | undefined } = {},
): Letter {
  const name: Record<string, string> = account.emailVerified && account.name ? { name: account.name } : {}
  return { kind, to, locale, data: { ...name, ...data } }
}
