import test from 'ava'
import type { Browser } from 'playwright-core'
import { KINDS, type Kind, presetOf } from '../../src/federation/providers/presets.ts'
import { commandsFor } from '../cli/command-line.ts'
import { hasChromium, launchChromium, openPage } from '../support/chromium.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { addCommandFor, COUNTERPARTS, type Counterpart } from '../support/provider-kinds.ts'
import { openApplication } from './application.ts'

/** Each kind of provider in a real browser: its redirects, or the form that it posts, and our cookies on the way back. */

const inChromium = test.serial.runIf(hasChromium)
const there = new Map<Kind, Counterpart>()
let gatehouse: Gatehouse
let browser: Browser

test.before(async () => {
  if (!hasChromium) return
  await Promise.all(KINDS.map(async kind => there.set(kind, await COUNTERPARTS[kind].start())))
  const hosts = [...there.values()].map(({ host }) => host)
  gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: hosts.join(','), SIGN_IN_LIMIT_IP: '1000/1h' } })
  for (const [kind, counterpart] of there) {
    const { line, person } = await addCommandFor(kind, counterpart, gatehouse)
    await commandsFor(gatehouse.app).json(line, person)
  }
  browser = await launchChromium()
})

test.after.always(async () => {
  await browser?.close()
  await gatehouse?.stop()
  for (const counterpart of there.values()) counterpart.close()
})

for (const kind of KINDS) {
  inChromium(`${kind}: a person registers with one click, and signs in again with another`, async t => {
    t.timeout(120_000)
    const { email, name, emailVerified } = COUNTERPARTS[kind]
    const wiki = await openApplication(t, gatehouse)
    const { page, context, complaints } = await openPage(browser)
    t.teardown(() => context.close())
    const press = () => page.getByRole('button', { name: `Continue with ${presetOf(kind).title}`, exact: true }).click()

    const first = (await wiki.signIn(page, press)).claims()
    t.like(first, { email, email_verified: emailVerified, name, amr: ['fed'] })
    await context.clearCookies({ domain: 'localhost' })
    t.is((await wiki.signIn(page, press)).claims()?.sub, first?.sub)
    t.deepEqual(complaints, [])
  })
}
