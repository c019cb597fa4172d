import test from 'ava'
import { decodeProtectedHeader } from 'jose'
import * as oidc from 'openid-client'
import { systemClock } from '../../src/base/clock.ts'
import { scan } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { hasChromium, openChromium, showsHeading } from '../support/chromium.ts'
import { gatehouse } from '../support/command.ts'
import { PASSWORD } from '../support/people.ts'
import { hasProduction, OUR_ADDRESS, type Production, startProduction } from '../support/production.ts'
import { Application, listenForReturn } from './application.ts'

/** A production setup as people and applications use it: PostgreSQL, Redis, two workers, nginx with TLS. */

const EMAIL = 'ada@example.org'

test('production does not start with development defaults', async t => {
  const { code, stdout, stderr } = await gatehouse(['serve', '--workers', '2'], { NODE_ENV: 'production' })
  t.not(code, 0)
  t.is(stdout, '')
  for (const variable of ['PUBLIC_URL', 'DATABASE_URL', 'SECRET_KEYS', 'REDIS_URL'])
    t.true(stderr.includes(variable), variable)
})

if (hasProduction && hasChromium) {
  const torn: (() => unknown)[] = []
  const teardown = (end: () => unknown) => torn.unshift(end)
  let production: Production
  let application: Application

  test.before(async () => {
    production = await startProduction({ teardown })
    const redirectUri = await listenForReturn({ teardown })
    const { id, secret } = await production.command<{ id: string; secret: string }>(
      'clients',
      'add',
      'Wiki',
      '--profile',
      'web',
      '--redirect-uri',
      redirectUri,
      '--post-logout-redirect-uri',
      redirectUri,
    )
    application = await Application.connect({ issuer: production.url, id, secret, redirectUri })
  })
  test.after.always(async () => {
    for (const end of torn) await end()
  })

  test.serial('create-superuser is the very first command on an empty database', async t => {
    t.is(production.created.code, 0, production.created.stderr)
    const root = await production.command<{ roles: string[] }>('accounts', 'show', 'root@example.org')
    t.true(root.roles.includes('superuser'))
    t.false(production.serving.output.includes('/setup/'), 'no setup link is logged')
  })

  test.serial('discovery names https addresses, and every response requires https (HSTS)', async t => {
    const answer = await fetch(`${production.url}/.well-known/openid-configuration`)
    const metadata = (await answer.json()) as Record<string, unknown>
    t.is(metadata.issuer, production.url)
    for (const [name, value] of Object.entries(metadata)) {
      if (/_(endpoint|uri)$/.test(name)) t.true(String(value).startsWith(`${production.url}/`), name)
    }
    t.regex(answer.headers.get('strict-transport-security') ?? '', /max-age=31536000/)
  })

  test.serial('in a browser: registration, consent, refresh, userinfo, silent sign-in, sign-out', async t => {
    const { page, context, complaints } = await openChromium(t, { ignoreHTTPSErrors: true })
    const button = (name: string) => page.getByRole('button', { name, exact: true }).click()
    // A header that a browser sets is not trusted.
    await context.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.7' })
    const tokens = await application.signIn(
      page,
      async () => {
        await page.getByRole('link', { name: 'Create an account' }).click()
        await page.locator('[name=email]').fill(EMAIL)
        await page.locator('[name=name]').fill('Ada')
        await page.locator('[name=password]').fill(PASSWORD)
        await button('Create account')
        await button('Allow')
      },
      { scope: 'openid profile email roles offline_access', prompt: 'consent' },
    )
    const { sub = '' } = tokens.claims() ?? {}
    const ada = await production.command<{ id: string }>('accounts', 'show', EMAIL)
    t.is(sub, ada.id)
    t.is(decodeProtectedHeader(tokens.id_token ?? '').alg, 'RS256')

    for (const cookie of await context.cookies(production.url)) {
      t.regex(cookie.name, /^__(Host|Secure)-/)
      t.true(cookie.secure && cookie.httpOnly, cookie.name)
    }
    const { configuration } = application
    const renewed = await oidc.refreshTokenGrant(configuration, tokens.refresh_token ?? '')
    const userinfo = await oidc.fetchUserInfo(configuration, renewed.access_token, sub)
    t.like(userinfo, { sub, email: EMAIL, name: 'Ada' })
    t.deepEqual(userinfo.roles, ['subscriber'])

    const again = await application.signIn(page, async () => {})
    t.is(again.claims()?.sub, sub, 'neither password nor consent a second time')

    const leaving = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: application.redirectUri }
    await page.goto(oidc.buildEndSessionUrl(configuration, leaving).href)
    await page.waitForURL(`${application.redirectUri}**`)
    await page.goto((await application.begin()).address.href)
    await showsHeading(page, 'Sign in')
    t.deepEqual(complaints, [])
  })

  test.serial('the history shows the IP address that nginx saw, whatever headers a browser sends', async t => {
    const addresses = async (email: string) =>
      (await production.command<{ ip: string | null }[]>('accounts', 'history', email)).map(event => event.ip)
    t.deepEqual([...new Set(await addresses(EMAIL))], ['127.0.0.1'])

    const elsewhere = new Browser(production.url, { 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7' })
    const request = await application.begin()
    await elsewhere.open(request.address.href)
    await elsewhere.submit({ email: 'root@example.org', password: PASSWORD })
    t.is(elsewhere.heading, 'Protect your account', 'a superuser needs a second factor')
    await elsewhere.submit({ code: scan(elsewhere, systemClock).code() })
    await elsewhere.submit({}, { action: '/codes-saved' })
    await elsewhere.submit({ decision: 'allow' })
    await application.finish(elsewhere.page.url, request)
    const root = await addresses('root@example.org')
    t.true(root.includes(OUR_ADDRESS))
    t.false(root.some(address => address?.startsWith('203.')))
  })
}
