import test from 'ava'
import { duringChange } from '../lifecycle/concurrently.ts'
import { AccountApplication } from '../support/account-api.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const application = await AccountApplication.register(gatehouse)
test.after.always(() => gatehouse.stop())
const { app, url } = gatehouse

const NEW_PASSWORD = 'a quite different horse'
const signOut = async (account: { signOutEverywhere(at: Date): void }) => account.signOutEverywhere(clock.now())
const signsIn = (email: string, password: string) =>
  app.scope(() =>
    app.signIn.withPassword({ email, password }, { by: { kind: 'visitor', id: null, ip: null, userAgent: null } }).then(
      () => true,
      () => false,
    ),
  )

test.serial(
  'U-02/S-06: a person who is signed out while an account page handles a request is asked to sign in, and nothing changes',
  async t => {
    const ada = await makePerson(gatehouse)
    const browser = await new Browser(url).open(`${url}/account/security`)
    await browser.submit({ email: ada.email, password: ada.password })
    t.is(browser.heading, 'Security')
    clock.advance(2)
    const { status } = await duringChange(gatehouse, ada.id, {
      done: signOut,
      begun: () => browser.submit({ current: PASSWORD, next: NEW_PASSWORD }, { action: '/account/password' }),
    })
    t.is(status, 'fulfilled')
    t.is(browser.heading, 'Sign in')
    t.deepEqual([await signsIn(ada.email, NEW_PASSWORD), await signsIn(ada.email, PASSWORD)], [false, true])
  },
)

test.serial(
  'U-02/S-06: an application whose person is signed out while the API handles its request gets invalid_token',
  async t => {
    const client = await application.signIn()
    const { email } = client.person
    clock.advance(2)
    const answer = await duringChange(gatehouse, client.person.id, {
      done: signOut,
      begun: () => client.send('PUT', '/me/password', { current: PASSWORD, next: NEW_PASSWORD }),
    })
    t.like(answer, { status: 'fulfilled', value: { status: 401, body: { code: 'invalid_token' } } })
    t.deepEqual([await signsIn(email, NEW_PASSWORD), await signsIn(email, PASSWORD)], [false, true])
  },
)
