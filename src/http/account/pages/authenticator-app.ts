import { page } from '../page.ts'

/** The picture to scan: the one that was shown before, where the form is shown again, since the app may have scanned it. */
export const authenticatorApp = page({
  path: '/authenticator-app',
  here: 'security',
  recent: true,
  async data({ app, person, submitted }) {
    const account = await app.accounts.find(person.id)
    return {
      proposal: app.totps.proposeAgain(account, submitted?.typed.proposal),
      replaces: await app.totps.has(account),
    }
  },
})
