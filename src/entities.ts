import { Account } from './accounts/account.ts'
import { AuditEvent } from './audit/event.ts'
import { Client } from './clients/client.ts'
import { Resource } from './clients/resource.ts'
import { RegistrationToken } from './clients/self-registration/registration-token.ts'
import { KnownBrowser } from './credentials/known-browsers/known-browser.ts'
import { Passkey } from './credentials/passkeys/passkey.ts'
import { FormerPassword, Password } from './credentials/passwords/password.ts'
import { RecoveryCode } from './credentials/recovery-codes/recovery-code.ts'
import { Totp } from './credentials/totp/totp.ts'
import { DeliveredEmail } from './email/delivered-email.ts'
import { IdentityLink } from './federation/identity-link.ts'
import { IdentityProvider } from './federation/providers/identity-provider.ts'
import { Consent } from './grants/consent.ts'
import { SigningKey } from './keys/signing-key.ts'
import { Impersonation } from './lifecycle/impersonation/impersonation.ts'
import { FactorReset } from './lifecycle/second-factors/factor-reset.ts'
import { OneTimeLink } from './links/one-time-link.ts'
import { Assignment } from './roles/assignment.ts'
import { Role } from './roles/role.ts'
import { WebhookDelivery } from './webhooks/delivery.ts'
import { Webhook } from './webhooks/webhook.ts'

/** Every entity. */
export const entities = [
  Account,
  AuditEvent,
  Client,
  Consent,
  DeliveredEmail,
  KnownBrowser,
  FactorReset,
  FormerPassword,
  IdentityLink,
  IdentityProvider,
  Impersonation,
  RegistrationToken,
  Resource,
  OneTimeLink,
  Passkey,
  Password,
  RecoveryCode,
  SigningKey,
  Assignment,
  Role,
  Totp,
  Webhook,
  WebhookDelivery,
]

/**
 * The notification, by entity, with which this process notifies itself of its own changes.
 * The database triggers of the migrations send the same to all processes.
 */
export const notifications = {
  Account: (account: Account) => `account:${account.id}`,
  Assignment: (assignment: Assignment) => `account:${assignment.account.id}`,
  Client: (client: Client) => `client:${client.id}`,
  IdentityProvider: (provider: IdentityProvider) => `identity_provider:${provider.id}`,
  Resource: (resource: Resource) => `resource:${resource.id}`,
  Role: (role: Role) => `role:${role.name}`,
  SigningKey: (key: SigningKey) => `signing_key:${key.kid}`,
  Webhook: (webhook: Webhook) => `webhook:${webhook.id}`,
}
