import { z } from 'zod'
import type { Account } from '../../../../accounts/account.ts'
import type { App } from '../../../../app.ts'
import { route } from '../route.ts'
import { json, moment, next, page, withNext } from '../values.ts'

const ListedAccount = z
  .object({
    id: z.uuid().meta({ description: 'The `sub` of ID tokens.' }),
    email: z.string(),
    email_verified: z.boolean(),
    name: z.string().nullable(),
    username: z.string().nullable(),
    active: z.boolean().meta({ description: 'Whether the person can sign in: false while suspended.' }),
    suspended_at: moment.nullable(),
    deletion_due: moment.nullable(),
    created_at: moment,
  })
  .meta({ id: 'ListedAccount' })

const AccountWithAccess = ListedAccount.extend({
  profile: z.looseObject({}).meta({ description: 'The standard claims (OpenID Connect Core section 5.1).' }),
  roles: z.array(z.string()),
  password: z.boolean().meta({ description: 'Whether a password is set.' }),
  factors: z
    .object({ totp: z.boolean(), passkeys: z.int(), recovery_codes: z.int() })
    .meta({ description: 'The second factors, and how many unused recovery codes.' }),
}).meta({ id: 'Account' })

/** An account as a GET answers it. */
async function accountJson(app: App, account: Account) {
  const { totp, passkeys, recoveryCodes } = await app.secondFactors.of(account)
  return {
    ...(json(account.summary()) as z.input<typeof ListedAccount>),
    profile: { ...app.profiles.of(account) },
    roles: await app.assignments.rolesOf(account),
    password: await app.passwords.has(account),
    factors: { totp, passkeys, recovery_codes: recoveryCodes },
  }
}

const name = z.string().max(200, 'too-long').nullable()
const username = z.string().max(200, 'too-long').nullable()

export const accounts = {
  listAccounts: route({
    method: 'get',
    path: '/accounts',
    permission: 'accounts:read',
    summary: 'Search accounts, newest first',
    query: z.strictObject({
      ...page,
      search: z
        .string()
        .max(200)
        .optional()
        .meta({ description: 'Only accounts whose email, username or name contains this text.' }),
    }),
    answer: z.object({ accounts: z.array(ListedAccount), next }),
    async does({ app, query: { limit, after, search } }) {
      const found = await app.accounts.list({ limit: limit + 1, ...(after && { after }), ...(search && { search }) })
      const [listed, following] = withNext(found, limit, ({ id }) => id)
      return { accounts: listed.map(each => json(each.summary()) as z.input<typeof ListedAccount>), next: following }
    },
  }),

  createAccount: route({
    method: 'post',
    path: '/accounts',
    permission: 'accounts:write',
    summary: 'Create an account',
    description:
      'With `invite`, the answer has a link with which the person sets a password: it works once, for an hour. Gatehouse ' +
      'does not send it. Without, the person gets a password by "Forgot password?".',
    body: z
      .strictObject({
        email: z.string().max(320, 'too-long'),
        name: name.default(null),
        username: username.default(null),
        email_verified: z.boolean().default(false),
        invite: z.boolean().default(false),
      })
      .meta({ title: 'NewAccount' }),
    answer: AccountWithAccess.extend({ invitation_url: z.string().nullable() }).meta({ id: 'NewAccountAnswer' }),
    async does({ app, by, body: { email, name, username, email_verified: emailVerified, invite } }) {
      const account = await app.registration.create({ email, name, username }, { by, emailVerified })
      const link = invite ? await app.passwordReset.link(account.id, { by }) : null
      const url = link && `${app.config.issuer}/reset-password/${link.token}`
      return { ...(await accountJson(app, account)), invitation_url: url }
    },
  }),

  getAccount: route({
    method: 'get',
    path: '/accounts/:account',
    permission: 'accounts:read',
    summary: 'One account, by its ID, email or username',
    answer: AccountWithAccess,
    versioned: true,
    does: ({ app, account }) => accountJson(app, account),
  }),

  updateAccount: route({
    method: 'patch',
    path: '/accounts/:account',
    permission: 'accounts:write',
    summary: 'Change the name, the username or the profile of an account',
    description: 'What is left out stays as it is; null removes a value.',
    body: z
      .strictObject({
        name: name.optional(),
        username: username.optional(),
        profile: z
          .looseObject({})
          .optional()
          .meta({ description: 'Standard claims (OpenID Connect Core section 5.1).' }),
      })
      .meta({ title: 'AccountUpdate' }),
    answer: AccountWithAccess,
    versioned: true,
    refuses: [404, 409],
    async does({ app, by, account, body: { name, username, profile = {} }, expect }) {
      const changes = {
        ...profile,
        ...(name !== undefined && { name }),
        ...(username !== undefined && { preferred_username: username }),
      }
      await app.profiles.update(account, changes, {
        by,
        expect: async () => expect(await accountJson(app, account)),
      })
      return accountJson(app, account)
    },
  }),

  verifyEmail: route({
    method: 'put',
    path: '/accounts/:account/verification',
    permission: 'accounts:write',
    summary: 'Mark the email of an account as verified, without sending an email',
    async does({ app, by, account }) {
      await app.verification.markVerified(account, { by })
    },
  }),

  exportAccount: route({
    method: 'get',
    path: '/accounts/:account/export',
    permission: 'accounts:export',
    guarded: true,
    summary: 'Everything that is stored about a person',
    description: 'It contains no secrets.',
    answer: z.looseObject({}),
    does: ({ app, account }) => app.export.of(account),
  }),

  eraseAccount: route({
    method: 'delete',
    path: '/accounts/:account',
    permission: 'accounts:erase',
    summary: 'Erase an account and everything stored about the person, for good',
    description: 'There is no grace period, and no way back. The last superuser cannot be erased.',
    refuses: [403],
    does: ({ app, by, account }) => app.erasure.of(account, { by }),
  }),
}
