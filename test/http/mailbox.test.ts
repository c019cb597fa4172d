import { request } from 'node:http'
import test from 'ava'
import type { Email } from '../../src/email/email.ts'
import { Browser } from '../support/browser.ts'
import { emailTo } from '../support/emails.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { freePort } from '../support/programs.ts'

const hostile = '"><script>alert(1)</script>'

test('the mailbox shows emails newest first, and each email as text and as isolated HTML', async t => {
  const gatehouse = await startGatehouse()
  const { app, url } = gatehouse
  const browser = new Browser(url)
  await browser.open('/mailbox')
  t.is(browser.heading, 'Mailbox')
  t.regex(browser.text, /No letter has arrived yet/)

  const post = (email: Omit<Email, 'locale'>) => app.scope(() => app.outbox.post({ locale: 'en', ...email }))
  await post({ kind: 'verify-email', to: 'ada@example.org', data: { link: `${url}/verify-email/token` } })
  await emailTo(app, 'ada@example.org')
  await post({ kind: 'new-device', to: 'bob@example.org', data: { ip: hostile } })
  await emailTo(app, 'bob@example.org')

  await browser.open('/mailbox')
  t.regex(browser.text, /A sign-in from a new device To bob@example\.org .* Confirm your address To ada@example\.org/)
  const [first, second] = browser.document.querySelectorAll('.emails a').map(link => link.getAttribute('href') ?? '')

  await browser.open(second ?? '')
  t.is(browser.heading, 'Confirm your address')
  t.true(browser.page.html.includes(`<a href="${url}/verify-email/token">${url}/verify-email/token</a>`))
  const frame = browser.document.querySelector('iframe')
  t.is(frame?.getAttribute('sandbox'), 'allow-popups allow-popups-to-escape-sandbox')
  t.regex(browser.page.headers.get('content-security-policy') ?? '', /default-src 'none'.*; ?frame-src 'self'$/)

  const email = await fetch(new URL(frame?.getAttribute('src') ?? '', url))
  t.regex(email.headers.get('content-security-policy') ?? '', /^default-src 'none'.*sandbox allow-popups/)
  t.notRegex(email.headers.get('content-security-policy') ?? '', /script|allow-same-origin/)
  t.true((await email.text()).includes(`href="${url}/verify-email/token"`))

  await browser.open(first ?? '')
  t.false(browser.page.html.includes('<script'))
  t.false((await (await fetch(`${url}${first}/html`)).text()).includes('<script'))
  for (const unknown of ['/mailbox/nonsense', `/mailbox/${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}`]) {
    t.is((await fetch(`${url}${unknown}`)).status, 404)
  }
  await gatehouse.stop()
})

test('the mailbox is served only under its own host name, so that no page of another host can read it', async t => {
  const gatehouse = await startGatehouse({ env: { PUBLIC_URL: 'http://id.example.org' } })
  const { port } = gatehouse.app.config
  const status = (host: string) =>
    new Promise(resolve => {
      request({ port, path: '/mailbox', headers: { host } }, ({ statusCode }) => resolve(statusCode)).end()
    })
  t.is(await status('id.example.org'), 200)
  t.is(await status(`localhost:${port}`), 200)
  t.is(await status('evil.example'), 404)
  await gatehouse.stop()
})

test('with a mail server there is no mailbox page', async t => {
  const gatehouse = await startGatehouse({ env: { SMTP_URL: `smtp://127.0.0.1:${await freePort()}` } })
  t.is((await fetch(`${gatehouse.url}/mailbox`)).status, 404)
  await gatehouse.stop()
})

test('the mailbox deletes emails after a week', async t => {
  const gatehouse = await startGatehouse()
  const { app } = gatehouse
  const deliver = (id: string) =>
    app.scope(() =>
      app.mailbox.deliver({ id, kind: 'test', to: 'a@example.org', locale: 'en', subject: 's', html: 'h', text: 't' }),
    )
  await deliver('01990000-0000-7000-8000-000000000001')
  await deliver('01990000-0000-7000-8000-000000000001')
  t.is((await app.scope(() => app.mailbox.emails())).length, 1)
  await app.scope(() => app.em.execute(`update delivered_email set delivered_at = now() - interval '8 days'`))
  await deliver('01990000-0000-7000-8000-000000000002')
  t.deepEqual(
    (await app.scope(() => app.mailbox.emails())).map(({ id }) => id),
    ['01990000-0000-7000-8000-000000000002'],
  )
  await gatehouse.stop()
})
