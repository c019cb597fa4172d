import { z } from 'zod'
import { profileUpdate } from '../../accounts/profile.ts'
import { OWNER_GROUPS } from '../../audit/catalogue.ts'

const text = z.string()
const password = text.max(1024, 'too-long')

/** What it takes. Fields that are not named here are refused. */
export const bodies = {
  ProfileChange: z
    .strictObject({ profile: profileUpdate })
    .meta({ description: 'null or an empty text takes a claim away; what is not mentioned stays (RFC 7396).' }),
  PasswordChange: z.strictObject({
    current: password.optional().meta({ description: 'Left out where there is none.' }),
    next: password.meta({ description: '8 to 256 characters, not among the first that anybody would try.' }),
    end_other_sessions: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether everything else that is signed in, applications too, ends.' }),
  }),
  EmailChange: z.strictObject({ email: text.max(320, 'too-long') }),
  TotpConfirmation: z.strictObject({
    proposal: text.max(1024, 'too-long'),
    code: text.max(32, 'too-long').meta({ description: 'What the app shows: six digits.' }),
  }),
  NewPasskey: z.strictObject({
    ceremony: text.max(2048, 'too-long'),
    response: z.looseObject({}).meta({
      description: '`toJSON()` of what `navigator.credentials.create` has made: a RegistrationResponseJSON.',
    }),
    name: text.max(200, 'too-long').optional().meta({ description: 'Otherwise that of the authenticator.' }),
  }),
  PasskeyChange: z.strictObject({ name: text.max(200, 'too-long') }),
  /** Nothing, or an object with nothing in it. */
  Nothing: z.strictObject({}).default({}),
}

const kind = text.max(60)

export const historyQuery = z.strictObject({
  before: z.uuid().optional().meta({ description: 'The `before` of the page that came before.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  kind: z
    .union([kind, z.array(kind).max(20)])
    .optional()
    .meta({ description: 'Only these: whole kinds, or beginnings with their dot, such as `sign-in.`; repeatable.' }),
  group: z.enum(OWNER_GROUPS).optional().meta({ description: 'Only events of this group.' }),
})
