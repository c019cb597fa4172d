import type { IdentityProvider } from '../../../federation/providers/identity-provider.ts'
import type { PageError } from '../errors/error-responses.ts'

export interface ProfileErrors {
  email?: 'invalid' | 'taken'
  name?: 'too-long'
  password?: PasswordError
}
export type PasswordError = 'control' | 'too-short' | 'too-long' | 'common' | 'like-email'

/** What a browser needs to use or create a passkey. */
export type PasskeyForm = Form & { options: object; challengeToken: string }

/** An upstream provider, as its button shows it. */
export interface ProviderView {
  name: string
  title: string
  /** selects the icon */
  kind: string
}

/** A button for each provider. */
export type ProvidersForm = Form & { offered: ProviderView[] }

export type EmailHead = { id: string; subject: string; to: string; at: Date }

export type LinkError = PageError<'wrong-password' | 'too-many-attempts' | 'busy' | 'address-gone' | 'other-browser'>

export type UndoEmailChangeError = PageError<
  | `wrong-${'password' | 'totp' | 'passkey' | 'email-code'}`
  | 'too-many-attempts'
  | 'too-many-emails'
  | 'busy'
  | 'address-gone'
  | 'form-expired'
>

/** `action`: where the form is posted. */
export type Form = { action: string; csrf: string }

export function providerView({ name, title, kind }: IdentityProvider): ProviderView {
  return { name, title, kind }
}
