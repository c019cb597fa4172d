import { z } from 'zod'
import { profileUpdate } from '../../accounts/profile.ts'

const moment = z.iso.datetime().meta({ description: 'A timestamp in UTC (RFC 3339).' })
const text = z.string()

/** The response bodies of the API, by their names in the OpenAPI document. */
const Profile = z
  .partialRecord(profileUpdate.keyof(), z.union([text, z.strictObject({ formatted: text })]))
  .meta({ description: 'The standard claims (OpenID Connect Core section 5.1).' })

const Me = z.strictObject({
  id: z.uuid().meta({ description: 'The `sub` of ID tokens.' }),
  email: text,
  email_verified: z.boolean(),
  profile: Profile,
  roles: z.array(text),
  created_at: moment,
  deletion_due: moment
    .nullable()
    .meta({ description: 'When the account will be erased; null if no deletion is scheduled.' }),
})

const client = z.strictObject({ id: text.meta({ description: 'The `client_id`.' }), name: text })

const Session = z.strictObject({
  key: text.meta({ description: 'Identifies the session.' }),
  device: text.meta({ description: '`Firefox on Linux`; empty if unknown.' }),
  ip: text.nullable().meta({ description: 'The IP address from which it was last used.' }),
  signed_in_at: moment,
  last_seen_at: moment,
  expires_at: moment,
  impersonated: z.boolean().meta({ description: 'Whether it is the support session of an administrator.' }),
  clients: z.array(client),
})

const TrustedBrowser = z.strictObject({
  id: z.uuid(),
  device: text.meta({ description: '`Firefox on Linux`; empty if unknown.' }),
  since: moment,
  until: moment,
})

const Factors = z.strictObject({
  totp: z
    .strictObject({ added_at: moment, last_used_at: moment.nullable() })
    .nullable()
    .meta({ description: 'The authenticator app; null if there is none.' }),
  passkeys: z.int().meta({ description: 'The number of passkeys.' }),
  recovery_codes_left: z.int(),
  trusted_browsers: z.array(TrustedBrowser).meta({ description: 'Browsers that are not asked for a second factor.' }),
  reset_due: moment.nullable().meta({
    description:
      'When all second factors will be removed because they were reported lost; null if no reset is pending.',
  }),
})

const TotpProposal = z.strictObject({
  proposal: text.meta({ description: 'Send it back with the code that the app shows.' }),
  secret: text.meta({ description: 'To type into the app: base32, in groups.' }),
  uri: text.meta({ description: '`otpauth://totp/…`, to open in the app or to show as a QR code.' }),
  svg: text.meta({ description: 'The QR code.' }),
})

const Passkey = z.strictObject({
  id: z.uuid(),
  name: text,
  synced: z.boolean().meta({ description: 'Whether it is synced to other devices.' }),
  created_at: moment,
  last_used_at: moment.nullable(),
})

const Identity = z.strictObject({
  id: z.uuid(),
  provider: text.meta({ description: 'The name of the provider: `google`.' }),
  title: text.meta({ description: 'The title of the provider: `Google`.' }),
  email: text.nullable().meta({ description: 'The email that the provider last reported.' }),
  created_at: moment,
  last_used_at: moment.nullable(),
})

const IdentityTokens = z.strictObject({
  access_token: text.meta({ description: 'For the provider’s own API. It may have expired.' }),
  refresh_token: text.nullable(),
  expires_at: moment
    .nullable()
    .meta({ description: 'When the access token expires; null if the provider did not say.' }),
  scope: text.nullable().meta({ description: 'The scope that the provider granted.' }),
})

const codes = z.array(text).meta({ description: 'Ten codes; each works once.' })
const firstCodes = codes.nullable().meta({ description: 'null if the account already had a second factor.' })

const Event = z.strictObject({
  id: z.uuid(),
  at: moment,
  kind: text.meta({ description: '`sign-in.refused`, `consent.given`, …' }),
  success: z.boolean(),
  reason: text
    .nullable()
    .meta({ description: 'Why it failed, as a code (`wrong-password`), or how a sign-in was made.' }),
  device: text,
  ip: text.nullable(),
  client: text.nullable().meta({ description: 'The `client_id` of the application.' }),
  provider: text.nullable().meta({ description: 'The name of the upstream provider.' }),
  by_operator: z.boolean(),
  sentence: text.meta({ description: 'The event in a sentence, in the language of Accept-Language.' }),
})

const Application = z.strictObject({
  client_id: text,
  name: text,
  uri: text.nullable(),
  scopes: z.array(text),
  claims: z.array(text),
  resources: z.array(z.strictObject({ id: text, name: text, scopes: z.array(text) })),
  since: moment,
  first_party: z
    .boolean()
    .meta({ description: 'First-party: it needs no authorization, and there is none to revoke.' }),
})

const Problem = z
  .looseObject({
    type: text,
    title: text,
    status: z.int(),
    detail: text,
    code: text.meta({ description: 'For programs: `invalid_token`, `too_many_attempts`, …' }),
    request_id: text,
    fields: z.record(text, text).optional().meta({ description: 'What is wrong with each field, as a code.' }),
    messages: z.record(text, text).optional().meta({
      description:
        'What is wrong with each field and what is expected, for people, in the language of Accept-Language.',
    }),
  })
  .meta({ description: 'Problem details (RFC 9457).' })

export const responses = {
  Me,
  Profile,
  Factors,
  TotpProposal,
  RecoveryCodes: z.strictObject({ recovery_codes: codes }),
  FirstRecoveryCodes: z.strictObject({ recovery_codes: firstCodes }),
  Passkey,
  Passkeys: z.strictObject({ passkeys: z.array(Passkey).meta({ description: 'Oldest first.' }) }),
  Identity,
  Identities: z.strictObject({ identities: z.array(Identity).meta({ description: 'Oldest first.' }) }),
  IdentityTokens,
  PasskeyChallenge: z.strictObject({
    options: z.looseObject({}).meta({
      description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON` (WebAuthn Level 3, section 5.1.9).',
    }),
    challenge_token: text.meta({ description: 'Send it back with the result of the browser.' }),
  }),
  AddedPasskey: z.strictObject({ passkey: Passkey, recovery_codes: firstCodes }),
  Sessions: z.strictObject({ sessions: z.array(Session) }),
  History: z.strictObject({
    events: z.array(Event),
    before: z.uuid().nullable().meta({ description: 'The `before` of the next, older page; null at the end.' }),
  }),
  Applications: z.strictObject({ applications: z.array(Application) }),
  Export: z.looseObject({}).meta({ description: 'Everything that is stored about the person.' }),
  Deletion: z.strictObject({ due: moment }),
  Problem,
}
