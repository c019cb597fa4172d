import { z } from 'zod'
import { profileUpdate } from '../../accounts/profile.ts'

const moment = z.iso.datetime().meta({ description: 'A moment in UTC (RFC 3339).' })
const text = z.string()

/** What the API answers with, by the names that the OpenAPI document gives them. */
const Profile = z
  .partialRecord(profileUpdate.keyof(), z.union([text, z.strictObject({ formatted: text })]))
  .meta({ description: 'What the person tells about themself: the standard claims (OpenID Connect Core section 5.1).' })

const Me = z.strictObject({
  id: z.uuid().meta({ description: 'The `sub` of ID tokens.' }),
  email: text,
  email_verified: z.boolean(),
  profile: Profile,
  roles: z.array(text),
  created_at: moment,
  deletion_due: moment
    .nullable()
    .meta({ description: 'When the account will be erased; null if nobody asked for that.' }),
})

const client = z.strictObject({ id: text.meta({ description: 'The `client_id`.' }), name: text })

const Session = z.strictObject({
  key: text.meta({ description: 'Names the session to end it.' }),
  device: text.meta({ description: '`Firefox on Linux`; empty where nothing is known.' }),
  ip: text.nullable().meta({ description: 'Where it was last seen.' }),
  signed_in_at: moment,
  last_seen_at: moment,
  expires_at: moment,
  clients: z.array(client),
})

const TrustedBrowser = z.strictObject({
  id: z.uuid(),
  device: text.meta({ description: '`Firefox on Linux`; empty where nothing is known.' }),
  since: moment,
  until: moment,
})

const Factors = z.strictObject({
  totp: z
    .strictObject({ added_at: moment, last_used_at: moment.nullable() })
    .nullable()
    .meta({ description: 'The authenticator app; null where there is none.' }),
  passkeys: z.int().meta({ description: 'How many.' }),
  recovery_codes_left: z.int(),
  trusted_browsers: z.array(TrustedBrowser).meta({ description: 'They are not asked for a second factor.' }),
  reset_due: moment.nullable().meta({
    description: 'When all second factors will be removed because they are lost; null where nobody says so.',
  }),
})

const TotpProposal = z.strictObject({
  proposal: text.meta({ description: 'Goes back with the code that the app shows.' }),
  secret: text.meta({ description: 'The seed, for whoever types it: base32, in groups.' }),
  uri: text.meta({ description: '`otpauth://totp/…`, for the app, or to be drawn as a QR code.' }),
  svg: text.meta({ description: 'The QR code.' }),
})

const Passkey = z.strictObject({
  id: z.uuid(),
  name: text,
  synced: z.boolean().meta({ description: 'Whether it follows its owner to other devices.' }),
  created_at: moment,
  last_used_at: moment.nullable(),
})

const Identity = z.strictObject({
  id: z.uuid(),
  provider: text.meta({ description: 'What the provider is called here: `google`.' }),
  title: text.meta({ description: 'What people know it as.' }),
  email: text.nullable().meta({ description: 'The address that it told last.' }),
  created_at: moment,
  last_used_at: moment.nullable(),
})

const IdentityTokens = z.strictObject({
  access_token: text.meta({ description: 'For the provider’s own API. It may have expired.' }),
  refresh_token: text.nullable(),
  expires_at: moment.nullable().meta({ description: 'Of the access token; null where the provider did not say.' }),
  scope: text.nullable().meta({ description: 'What the provider says that they are good for.' }),
})

const codes = z.array(text).meta({ description: 'Ten, each good once.' })
const firstCodes = codes.nullable().meta({ description: 'null where there was a second factor before.' })

const Event = z.strictObject({
  id: z.uuid(),
  at: moment,
  kind: text.meta({ description: '`sign-in.refused`, `consent.given`, …' }),
  success: z.boolean(),
  reason: text
    .nullable()
    .meta({ description: 'Why it was refused, as a word: `wrong-password`; of a sign-in, how: `mail`, `upstream`.' }),
  device: text,
  ip: text.nullable(),
  client: text.nullable().meta({ description: 'The `client_id` of the application it was about.' }),
  provider: text.nullable().meta({ description: 'The name of the upstream provider it was about.' }),
  by_operator: z.boolean(),
  sentence: text.meta({ description: 'The same for people, in the language of Accept-Language.' }),
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
    .meta({ description: 'It is this place’s own: nobody is asked, and nothing can be withdrawn.' }),
})

const Problem = z
  .looseObject({
    type: text,
    title: text,
    status: z.int(),
    detail: text,
    code: text.meta({ description: 'A word for programs: `invalid_token`, `too-many-attempts`, …' }),
    requestId: text,
    fields: z.record(text, text).optional().meta({ description: 'What is wrong, by field, as a word for programs.' }),
    messages: z.record(text, text).optional().meta({
      description: 'The same for people, with what would be right, in the language of Accept-Language.',
    }),
  })
  .meta({ description: 'Problem details (RFC 9457).' })

export const answers = {
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
  PasskeyCeremony: z.strictObject({
    options: z.looseObject({}).meta({
      description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON` (WebAuthn Level 3, section 5.1.9).',
    }),
    ceremony: text.meta({ description: 'Goes back with what the browser has made.' }),
  }),
  AddedPasskey: z.strictObject({ passkey: Passkey, recovery_codes: firstCodes }),
  Sessions: z.strictObject({ sessions: z.array(Session) }),
  History: z.strictObject({
    events: z.array(Event),
    before: z.uuid().nullable().meta({ description: 'Pass it on to see what is older; null at the end.' }),
  }),
  Applications: z.strictObject({ applications: z.array(Application) }),
  Export: z.looseObject({}).meta({ description: 'Everything that is held about the person.' }),
  Deletion: z.strictObject({ due: moment }),
  Problem,
}
