import { z } from 'zod'
import { action, nothing, text } from '../action.ts'

/** The email of the account. Access to it is enough to recover the account. */
export const actions = [
  action({
    name: 'changeEmail',
    method: 'post',
    path: '/email-change',
    recent: true,
    leavesRecord: true,
    body: z.strictObject({ email: text(320) }).meta({ title: 'EmailChange' }),
    form: { page: 'security', notice: 'address', keeps: ['email'] },
    api: {
      summary: 'Requests a change of the email address',
      description:
        'It takes effect once the link emailed to the new address is opened; the old address gets a link that undoes it. ' +
        'The answer is the same if the address belongs to another account.',
      status: 202,
    },
    does: async ({ app, account, body: { email }, by, locale, browser }) =>
      app.emailChange.request(await account(), email, { by, locale, browser: browser?.id ?? null }),
  }),
  action({
    name: 'sendVerification',
    method: 'post',
    path: '/verification',
    leavesRecord: true,
    body: nothing,
    form: { page: 'profile', notice: 'verification' },
    api: { summary: 'Sends the email that verifies the address', status: 202 },
    does: async ({ app, account, by, locale, browser }) =>
      app.verification.send(await account(), { by, locale, browser: browser?.id ?? null }),
  }),
]
