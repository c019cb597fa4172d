import { z } from 'zod'
import { action, nothing, text } from '../action.ts'

/** The address: emails go there, and who reads them can take the account back. */
export const emailActions = [
  action({
    name: 'changeEmail',
    method: 'post',
    path: '/email-change',
    recent: true,
    leavesRecord: true,
    body: z.strictObject({ email: text(320) }).meta({ title: 'EmailChange' }),
    form: { page: 'security', notice: 'address', keeps: ['email'] },
    api: {
      summary: 'Asks for another email address',
      description:
        'It counts once the link in the email to it has been opened; the old address gets a link to undo that. The ' +
        'answer is the same where the address belongs to another account.',
      status: 202,
    },
    does: async ({ app, account, body: { email }, by, locale, browser }) =>
      app.addressChange.request(await account(), email, { by, locale, browser: browser?.id ?? null }),
  }),
  action({
    name: 'sendVerification',
    method: 'post',
    path: '/verification',
    leavesRecord: true,
    body: nothing,
    form: { page: 'profile', notice: 'verification' },
    api: { summary: 'Sends the email that confirms the address', status: 202 },
    does: async ({ app, account, by, locale, browser }) =>
      app.verification.send(await account(), { by, locale, browser: browser?.id ?? null }),
  }),
]
