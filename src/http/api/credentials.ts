import type { App } from '../../app.ts'
import { InvalidInput, WrongCredentials } from '../../base/refusals.ts'
import { bodies } from './bodies.ts'
import { type Route, route } from './route.ts'

/** The password and the address: what somebody else must not be able to change. */
export function credentialRoutes({
  passwords,
  passwordChange,
  passwordless,
  addressChange,
  verification,
}: App): Route[] {
  return [
    route({
      method: 'put',
      path: '/me/password',
      name: 'changePassword',
      summary: 'Changes the password, or sets one where there is none',
      description:
        'Asks for the present one, if there is one, and counts wrong ones with those of all sign-ins. A letter tells of it. What else is ' +
        'signed in ends, but for the browser in which this application was let in.',
      recent: true,
      body: bodies.PasswordChange,
      refuses: [503],
      async handle({ account, body: { current, next, end_other_sessions: endOthers }, by, session }) {
        const who = await account()
        const there = await passwords.has(who)
        if (there !== (current !== undefined)) throw new InvalidInput({ current: there ? 'required' : 'wrong' })
        try {
          if (current === undefined) return await passwordless.end(who, next, { by })
          await passwordChange.change(who, { current, next, endOthers, exceptSession: session }, { by })
        } catch (error) {
          throw namingFields(error)
        }
      },
    }),
    route({
      method: 'delete',
      path: '/me/password',
      name: 'removePassword',
      summary: 'Removes the password of an account that has another way to sign in',
      description:
        'A passkey or a connected account at a provider is enough. An e-mail tells of it. Without either: 403, `last_way_in`.',
      recent: true,
      handle: async ({ account, by }) => passwordless.begin(await account(), { by }),
    }),
    route({
      method: 'post',
      path: '/me/email-change',
      name: 'changeEmail',
      summary: 'Asks for another e-mail address',
      description:
        'It counts once the link in the letter to it has been opened; the old address gets a link to undo that. The ' +
        'answer is the same where the address belongs to another account.',
      recent: true,
      body: bodies.EmailChange,
      status: 202,
      handle: async ({ account, body: { email }, by, locale }) =>
        addressChange.request(await account(), email, { by, locale }),
    }),
    route({
      method: 'post',
      path: '/me/verification',
      name: 'sendVerification',
      summary: 'Sends the letter that confirms the e-mail address',
      body: bodies.Nothing,
      status: 202,
      handle: async ({ account, by, locale }) => verification.send(await account(), { by, locale }),
    }),
  ]
}

/** In the words of this request: here a wrong password is a field, and says nothing about the token. */
function namingFields(error: unknown): unknown {
  if (error instanceof WrongCredentials) return new InvalidInput({ current: 'wrong' })
  const problem = error instanceof InvalidInput && error.fields.password
  return problem ? new InvalidInput({ next: problem }) : error
}
