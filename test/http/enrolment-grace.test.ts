import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const DAY = 24 * 60 * 60
const clock = new MovingClock()
const gatehouse = await startGatehouse({
  clock,
  env: { SECOND_FACTOR: 'required', SECOND_FACTOR_GRACE: '7d', SESSION_TTL: '30d', SESSION_IDLE_TTL: '30d' },
})
const rp = await RelyingParty.register(gatehouse, { firstParty: true })
test.after.always(() => gatehouse.stop())

test.serial(
  'enrolment can be postponed within the grace period but not after it, even with an older session',
  async t => {
    const ada = await makePerson(gatehouse)
    const browser = new Browser(gatehouse.url)
    await browser.open((await rp.begin()).url.href)
    await browser.submit({ email: ada.email, password: ada.password })
    t.is(browser.heading, 'Protect your account')
    await browser.submit({}, { action: '/skip' })
    t.true(new URL(browser.page.url).searchParams.has('code'))

    clock.advance(6 * DAY)
    await browser.open((await rp.begin({ prompt: 'none' })).url.href)
    t.true(new URL(browser.page.url).searchParams.has('code'))

    clock.advance(2 * DAY)
    await browser.open((await rp.begin({ prompt: 'none' })).url.href)
    t.is(new URL(browser.page.url).searchParams.get('error'), 'login_required')
    await browser.open((await rp.begin()).url.href)
    t.is(browser.heading, 'Sign in')
    await browser.submit({ email: ada.email, password: ada.password })
    t.is(browser.heading, 'Protect your account')
    t.is(browser.document.querySelector('form[action$="/skip"]'), null)
  },
)
