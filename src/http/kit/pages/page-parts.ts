import type { IdentityProvider } from '../../../federation/providers/identity-provider.ts'

/** What several pages show or ask in the same way. What each page is told stands in `page-data.ts`. */

/** What an application says about itself, as people see it. */
export interface ClientView {
  name: string
  uri: string | null
  logoUri: string | null
  policyUri: string | null
  tosUri: string | null
}

export interface ProfileErrors {
  email?: 'invalid' | 'taken'
  name?: 'too-long'
  password?: PasswordError
}
export type PasswordError = 'control' | 'too-short' | 'too-long' | 'common' | 'like-email'

/** What a browser needs to use or create a passkey. */
export interface PasskeyForm extends Form {
  options: object
  challengeToken: string
}

/** A provider through which people may sign in, as its button shows it. */
export interface ProviderView {
  name: string
  title: string
  /** which mark it has */
  kind: string
}

/** A button for each provider. */
export interface ProvidersForm extends Form {
  offered: ProviderView[]
}

export interface EmailHead {
  id: string
  subject: string
  to: string
  at: Date
}

export interface LinkError {
  code: 'wrong-password' | 'too-many-attempts' | 'busy' | 'address-gone' | 'other-browser'
  /** seconds */
  retryAfter?: number
}

export interface UndoEmailChangeError {
  code:
    | `wrong-${'password' | 'totp' | 'passkey' | 'email-code'}`
    | 'too-many-attempts'
    | 'too-many-emails'
    | 'busy'
    | 'address-gone'
    | 'form-expired'
  /** seconds */
  retryAfter?: number
}

export interface Form {
  /** where the form is posted */
  action: string
  csrf: string
}

export function providerView({ name, title, kind }: IdentityProvider): ProviderView {
  return { name, title, kind }
}
