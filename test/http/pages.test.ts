import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import Koa from 'koa'
import { ACTIONS } from '../../src/http/account/sections.ts'
import type { PageData } from '../../src/http/kit/pages/page-data.ts'
import { Pages, safeLink } from '../../src/http/kit/pages/pages.ts'
import { preferredLocale } from '../../src/http/kit/request/locale.ts'
import { firstSupported, type Locale, locales } from '../../src/i18n/locale.ts'
import { Translator } from '../../src/i18n/translator.ts'
import type { ClientInfo } from '../../src/oidc/provider/screens.ts'

const hostile = `"><script>alert('x')</script>&\u202E`
const form = { action: '/act', csrf: hostile }
const client: ClientInfo = {
  id: 'photos',
  name: hostile,
  uri: 'javascript:alert(1)',
  logoUri: 'data:text/html,x',
  selfRegisteredAt: new Date('2026-01-02T03:04:05Z'),
  policyUri: 'javascript:alert(1)',
  tosUri: 'https://app.example/terms',
}
const step = { ...form, client, startUrl: '/', signInUrl: '/sign-in', abortAction: '/abort' }
const values = { email: hostile, name: hostile }
const profile = {
  values,
  errors: { email: 'taken', name: 'too-long', password: 'too-short' },
  passwordMinimum: 8,
} as const

const email = { id: hostile, subject: hostile, to: hostile, at: new Date() }

const moment = new Date('2026-01-02T03:04:05Z')
const frame = {
  person: { email: hostile, emailVerified: false, name: hostile },
  csrf: hostile,
  done: null,
  deletionAt: moment as Date | null,
  menu: [{ name: 'security' as const, path: '/security' }],
  forms: Object.fromEntries(ACTIONS.map(({ name, method, path }) => [name, { method, path }])),
  submitted: null,
}
/** A refused form of the page, shown again. */
const again = (action: string, field: string, item = '') => ({
  action,
  item,
  typed: { [field]: hostile },
  problems: { [field]: { key: 'problem.connections.taken', vars: { provider: hostile } } },
})
const event = {
  ...{ id: hostile, kind: hostile, reason: hostile, ip: hostile, client: hostile, provider: hostile, device: hostile },
  ...{ at: moment, what: hostile, circumstances: hostile, success: false, byOperator: false },
}

const granted = { scopes: [] as string[], claims: [], since: moment, firstParty: false }
const session = { key: hostile, uid: hostile, signedInAt: moment, lastSeenAt: moment, expiresAt: moment }

const provider = { name: hostile, title: hostile, kind: hostile }
const providers = { ...form, offered: [provider, { ...provider, kind: 'google' }] }
const creation = {
  challenge: hostile,
  rp: { name: hostile },
  user: { id: hostile, name: hostile, displayName: hostile },
  pubKeyCredParams: [],
}
const passkey = { ...form, options: { challenge: hostile }, challengeToken: hostile }

/** Hostile data for every page. */
const data = {
  'api-docs': {},
  home: { issuer: 'https://id.example', demoUrl: 'javascript:alert(1)', mailbox: true, setupPending: true },
  'interaction/sign-in': {
    ...step,
    verificationRequired: true,
    registerUrl: '/register',
    mailAction: '/email',
    values,
    usernames: true,
    error: { code: 'too-many-attempts', retryAfter: 61 },
    reason: null,
    passkey,
    providers,
  },
  'interaction/choose-account': {
    ...step,
    accounts: [
      { id: hostile, name: hostile, email: hostile },
      { id: 'other', name: null, email: hostile },
    ],
    expired: true,
  },
  'interaction/access-refused': {
    ...step,
    anotherAccountAction: '/another-account',
    account: { name: hostile, email: hostile },
  },
  'interaction/busy': {
    action: '/sign-in',
    fields: [[hostile, hostile]],
    email: hostile,
    password: 'current-password',
    retryAfter: 61,
    requestId: hostile,
  },
  'interaction/link-account': {
    ...step,
    provider,
    email: hostile,
    mailAction: '/email',
    takeOverAction: '/act',
    discardAction: '/act',
    error: { code: 'too-many-attempts', retryAfter: 61 },
    passkey,
  },
  'interaction/missing-email': {
    ...step,
    provider,
    discardAction: '/act',
    values,
    errors: { email: 'taken', name: 'too-long' },
    error: { code: 'limited', retryAfter: 61 },
  },
  'interaction/redirect-to-provider': { provider, url: 'javascript:alert(1)' },
  'interaction/email-sign-in': {
    ...step,
    values,
    usernames: true,
    error: { code: 'limited', retryAfter: 61 },
  },
  'interaction/email-code': {
    ...step,
    email: hostile,
    againAction: '/act',
    mailbox: true,
    error: { code: 'too-many-attempts', retryAfter: 61 },
  },
  'interaction/email-link': { ...step, email: hostile },
  'interaction/email-link-other-browser': {},
  'interaction/second-factor': {
    ...step,
    email: hostile,
    recoveryAction: '/act',
    lostAction: '/act',
    totp: true,
    recoveryCodes: true,
    passkey,
    trustDays: 30,
    trusted: true,
    error: { field: 'code', code: 'too-many-attempts', retryAfter: 61 },
    stepUp: false,
  },
  'interaction/factor-setup': {
    ...step,
    skipAction: '/skip',
    app: { proposal: hostile, secret: hostile, uri: 'otpauth://totp/x', svg: '<svg></svg>' },
    passkey,
    why: 'application',
    until: moment,
    error: { code: 'wrong' },
  },
  'interaction/lost-factors': { ...step, email: hostile, due: moment, mailbox: true },
  'interaction/verify-email': { ...step, email: hostile },
  'interaction/recovery-codes': { ...step, codes: [hostile], host: hostile },
  'interaction/register': { ...step, ...profile, expired: false, providers },
  'links/confirm': {
    ...form,
    what: 'verify-email',
    due: null,
    address: hostile,
    proof: 'password',
    cancellable: true,
    error: { code: 'too-many-attempts', retryAfter: 61 },
  },
  'links/undo-email-change': {
    ...form,
    address: hostile,
    password: true,
    totp: true,
    passkey,
    codeSent: true,
    mailbox: true,
    error: { code: 'too-many-attempts', retryAfter: 61 },
  },
  'links/done': { what: 'forgot-password', address: hostile, mailbox: true },
  'links/forgot-password': { ...form, values, usernames: true, retryAfter: 61 },
  'interaction/check-email': {
    ...step,
    email: hostile,
    resend: 'limited',
    retryAfter: 90,
    resendAction: '/resend',
    csrf: 'token',
    continueUrl: '/continue',
    mailbox: true,
  },
  'interaction/consent': {
    ...step,
    shown: hostile,
    account: values,
    unchecked: { since: moment, describedAt: null, sendsTo: hostile },
    learns: [{ scope: hostile, claims: [{ name: hostile, value: hostile }] }],
    resources: [{ name: hostile, scopes: [{ name: hostile, description: hostile }] }],
    offline: true,
    duration: 14 * 86_400,
  },
  'oidc/sign-out': { client, action: '/act', xsrf: hostile, email: hostile, others: [hostile] },
  'oidc/upstream-sign-out': { provider: 'Google', url: 'https://accounts.example.org/end?id_token_hint=a.b.c&state=d' },
  'redirect-to-client': { client, url: '//evil.test/javascript:alert(1)' },
  'oidc/signed-out': { client, stayed: false, email: null, backUrl: 'javascript:alert(1)' },
  error: {
    status: 400,
    code: hostile,
    requestId: hostile,
    retryAfter: 5,
    back: { url: 'javascript:alert(1)', name: hostile },
    developer: {
      message: hostile,
      sent: [{ name: hostile, value: hostile }],
      registered: [hostile],
      address: {
        sent: [
          { text: hostile, differs: false },
          { text: hostile, differs: true },
        ],
        nearest: [{ text: '', differs: true }],
        differences: [{ kind: 'instead', sent: hostile, registered: hostile, position: 3 }],
        advice: 'typing-error',
        likely: 'application',
        change: hostile,
        register: hostile,
        problem: hostile,
      },
      fix: hostile,
    },
  },
  'links/setup': { ...form, ...profile },
  'links/setup-done': { email: hostile, secondFactor: true },
  'links/setup-closed': {},
  'links/reset-password': { ...form, email: hostile, errors: { password: 'common' }, passwordMinimum: 8 },
  'links/reset-password-done': {},
  'links/link-invalid': { requestId: hostile },
  'account/overview': { ...frame, section: 'overview', sessions: 2, applications: 1, lastEvents: [event] },
  'account/profile': {
    ...frame,
    section: 'profile',
    submitted: again('changeProfile', 'nickname'),
    fields: [{ name: 'nickname', value: hostile, autocomplete: 'nickname' }],
  },
  'account/security': {
    ...frame,
    section: 'security',
    hasPassword: true,
    passwordMinimum: 8,
    passkeys: [
      { id: hostile, name: hostile, synced: true, createdAt: moment, lastUsedAt: null },
      { id: 'other', name: 'Bitwarden', synced: false, createdAt: moment, lastUsedAt: moment },
    ],
    passkeysUsable: true,
    passkey: { challengeToken: hostile, options: creation },
    submitted: again('renamePasskey', 'name', hostile),
    connections: [
      {
        id: hostile,
        name: 'x',
        title: hostile,
        kind: 'oidc',
        email: hostile,
        createdAt: moment,
        lastUsedAt: null,
        open: true,
      },
      {
        id: 'other',
        name: 'y',
        title: 'Y',
        kind: 'google',
        email: null,
        createdAt: moment,
        lastUsedAt: moment,
        open: false,
      },
    ],
    connectable: [{ name: hostile, title: hostile, kind: 'github' }],
    passwordRemovable: true,
    authenticatorApp: { addedAt: moment, lastUsedAt: moment },
    recoveryCodes: { left: 2, few: true },
    trustedBrowsers: [
      { id: hostile, device: hostile, since: moment, until: moment, current: true },
      { id: hostile, device: '', since: moment, until: moment, current: false },
    ],
    factorResetAt: moment,
  },
  'account/authenticator-app': {
    ...frame,
    section: 'security',
    proposal: { proposal: hostile, secret: hostile, uri: 'otpauth://totp/x', svg: '<svg></svg>' },
    replaces: true,
    submitted: again('addTotp', 'code'),
  },
  'account/recovery-codes': { ...frame, section: 'security', codes: [hostile], host: hostile },
  'account/sessions': {
    ...frame,
    section: 'sessions',
    sessions: [
      { ...session, device: hostile, ip: hostile, clients: [{ id: hostile, name: hostile }], current: false },
      { ...session, device: '', ip: null, clients: [], current: true },
    ],
  },
  'account/history': {
    ...frame,
    section: 'history',
    events: [event],
    filter: 'changes',
    filters: ['all', 'sign-ins', 'changes'],
    olderUrl: '?before=x',
  },
  'account/applications': {
    ...frame,
    section: 'applications',
    applications: [
      {
        ...granted,
        clientId: hostile,
        name: hostile,
        uri: 'javascript:alert(1)',
        logoUri: 'data:text/html,x',
        scopes: [hostile],
        resources: [{ id: hostile, name: hostile, scopes: [hostile] }],
      },
      { ...granted, clientId: 'a', name: 'A', uri: null, logoUri: null, resources: [], firstParty: true },
    ],
  },
  'account/export': {
    ...frame,
    section: 'data',
    held: { account: { name: hostile, at: moment, nothing: null }, roles: [], list: [hostile] },
  },
  'account/data': {
    ...frame,
    deletionAt: null,
    section: 'data',
    graceDays: 14,
    submitted: again('scheduleDeletion', 'email'),
  },
  'impersonation/start': { ...form, person: { name: hostile, email: hostile }, reason: hostile, minutes: 15 },
  'impersonation/second-factor-needed': {},
  'impersonation/refused': {},
  'impersonation/ended': { email: hostile },
  'interaction/impersonated': { ...step, missing: 'consent' },
  'mailbox/list': { emails: [email] },
  'mailbox/email': { email, text: [{ text: hostile, url: 'https://id.example/verify-email/x' }] },
} satisfies PageData
const names = Object.keys(data) as (keyof typeof data)[]
const pages = new Pages({ basePath: '/id', viewsDir: null })

function folder(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-views-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

/** The attributes of each input of a page, as text. */
const inputs = (html: string) => [...html.matchAll(/<input\b([^>]*)>/g)].map(match => String(match[1]))

for (const locale of locales) {
  for (const name of names) {
    test(`the page ${name} in ${locale} is complete, declares its language, and has no inline script or style`, t => {
      const html = pages.render(name, data[name], { locale })
      t.true(html.startsWith('<!doctype html>'))
      t.true(html.trimEnd().endsWith('</html>'))
      t.true(html.includes(`<html lang="${locale}">`))
      t.is(html.match(/<h1>/g)?.length, 1)
      t.notRegex(
        html,
        /<script(?! (defer|type="module") src="\/id\/assets\/[\w.-]+\?v=[\w-]+"><\/script>)|<style|\sstyle=|\son\w+=|javascript:/i,
      )
      t.notRegex(html, /undefined|\[object|NaN|\{\w+\}/)
    })

    test(`the page ${name} in ${locale} labels every field and refers only to descriptions that exist`, t => {
      const html = pages.render(name, data[name], { locale })
      const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(match => match[1])
      t.is(new Set(ids).size, ids.length)
      for (const input of inputs(html).filter(each => !/type="hidden"|readonly hidden/.test(each))) {
        const id = /\sid="([^"]*)"/.exec(input)?.[1]
        if (input.includes('type="checkbox"')) continue
        t.true(html.includes(`<label for="${id}">`))
        t.regex(
          input,
          /autocomplete="(username|username webauthn|one-time-code|email|name|nickname|off|current-password|new-password)"/,
        )
        for (const each of /aria-describedby="([^"]*)"/.exec(input)?.[1]?.split(' ') ?? []) t.true(ids.includes(each))
      }
      for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) t.true(ids.includes(target))
    })
  }
}

test('a hostile name is shown as text, isolated from the text direction around it', t => {
  const html = pages.render('oidc/sign-out', data['oidc/sign-out'], { locale: 'en' })
  const shown = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\u202E'
  t.true(html.includes(`<bdi dir="auto">${shown}</bdi> asks to sign you out.`))
  t.true(html.includes(`name="xsrf" value="${shown}"`))
})

for (const locale of locales) {
  test(`the banner of an impersonation is on every page in ${locale}, with its names as text`, t => {
    const around = {
      person: hostile,
      administrator: hostile,
      until: moment,
      reason: hostile,
      action: '/end',
      csrf: 'c',
    }
    for (const name of names) {
      const html = pages.render(name, data[name], { locale, impersonation: around })
      t.is(html.match(/class="impersonation" role="region"/g)?.length, 1, name)
      t.true(html.indexOf('class="impersonation"') < html.indexOf('<main'), name)
      t.notRegex(html, /<script>|undefined|\{\w+\}/, name)
    }
  })
}

test('every form of the sign-in page has a CSRF token', t => {
  const html = pages.render('interaction/sign-in', data['interaction/sign-in'], { locale: 'en' })
  t.is(html.match(/<form /g)?.length, 4)
  t.is(html.match(/name="csrf"/g)?.length, 4)
})

test('invalid fields are announced, linked and described', t => {
  const html = pages.render('interaction/register', data['interaction/register'], { locale: 'en' })
  t.true(html.includes('<title>Problem: Create an account'))
  t.regex(html, /role="alert"[\s\S]*href="#email"[\s\S]*href="#password">The password needs at least 8 characters\./)
  const password = inputs(html).find(input => input.includes('id="password"'))
  t.regex(String(password), /aria-describedby="password-hint password-problem"/)
  t.regex(String(password), /aria-invalid="true"/)
})

test('a password is never written into a page', t => {
  for (const name of names) {
    const password = inputs(pages.render(name, data[name], { locale: 'en' })).find(each => each.includes('"password"'))
    if (password) t.true(password.includes('value=""'))
  }
})

test('only https URLs, and http on this machine, become links', t => {
  const kept = ['https://app.example/x?y', 'http://localhost:3001/', 'http://127.0.0.1/', 'http://[::1]:3001/']
  for (const address of kept) t.is(safeLink(address), address)
  const refused = [
    'http://app.example/',
    'javascript:alert(1)',
    ' JavaScript:alert(1)',
    'data:text/html,x',
    '/x',
    '//x',
  ]
  for (const address of [...refused, '', null]) t.is(safeLink(address), null)
})

test('without details for developers, the error page has a request ID and shows no parameters', t => {
  const error = { ...data.error, code: 'invalid_redirect_uri', requestId: 'r-1', developer: null }
  const html = pages.render('error', error, { locale: 'en' })
  t.true(html.includes('<h1>This app isn&#39;t set up to send you back here</h1>'), html)
  t.true(html.includes('r-1'))
  t.false(html.includes('For the developer'))
})

test('an override replaces a page, a part or the theme, and changes nothing else', t => {
  const viewsDir = folder({
    'parts/name.eta': 'Acme',
    'oidc/signed-out.eta': '<h1>Bye & <%= it.t("signed-out.title") %></h1>',
    'assets/theme.css': ':root { --accent: #123456 }',
    'assets/logo.png': 'png',
    '..data/kept-by-kubernetes.eta': '',
    'README.md': '',
  })
  const own = new Pages({ basePath: '', viewsDir })
  t.is(own.render('oidc/signed-out', data['oidc/signed-out'], { locale: 'en' }), '<h1>Bye & You are signed out</h1>')
  t.true(own.render('links/reset-password-done', {}, { locale: 'en' }).includes('· Acme</title>'))
  t.is(own.assets.lookup('theme.css')?.body.toString(), ':root { --accent: #123456 }')
  t.is(own.assets.lookup('logo.png')?.type, 'image/png')
})

test('an override that replaces nothing, an invalid template or a missing folder prevents startup', t => {
  const start = (viewsDir: string) => () => new Pages({ basePath: '', viewsDir })
  t.throws(start(folder({ 'oidc/signedout.eta': '' })), { message: /oidc\/signedout\.eta replaces no built-in page/ })
  t.throws(start(folder({ 'error.eta': '<% if (' })), { message: /error\.eta is not a template/ })
  t.throws(start('/nowhere/at/all'), { message: /VIEWS_DIR: there is no folder/ })
})

test('an asset URL has the digest of its content and the base path, and no other file is served', t => {
  const css = pages.assets.lookup('gatehouse.css')
  t.is(css?.type, 'text/css; charset=utf-8')
  t.is(pages.assets.address('gatehouse.css'), `/id/assets/gatehouse.css?v=${css?.etag.slice(1, -1)}`)
  for (const name of ['../layout.eta', 'layout.eta', '', '__proto__']) t.is(pages.assets.lookup(name), undefined)
  t.throws(() => pages.assets.address('no.css'))
  for (const script of ['passkeys.js', 'simplewebauthn.js']) {
    t.is(pages.assets.lookup(script)?.type, 'text/javascript; charset=utf-8')
    t.regex(pages.assets.address(script), /^\/id\/assets\/[a-z]+\.js\?v=[\w-]{16}$/)
  }
})

/** A request as Koa sees it. */
function requestFor(acceptLanguage?: string) {
  const request = new IncomingMessage(new Socket())
  if (acceptLanguage !== undefined) request.headers['accept-language'] = acceptLanguage
  return new Koa().createContext(request, new ServerResponse(request))
}

test('the language is the one that the application requests, then the one of the browser, then English', t => {
  const chosen: [Locale, string?, string?][] = [
    ['ru', 'de ru-RU en', 'en'],
    ['ru', 'fr', 'de, en;q=0.5, ru;q=0.8'],
    ['en', undefined, 'ru;q=0.4, EN-gb'],
    ['ru', undefined, 'en;q=0, ru;q=0.1'],
    ['en', undefined, 'ru;q=0'],
    ['en', '', 'rue, *'],
    ['en', '__proto__ constructor', ';;;q=x,,'],
    ['en'],
  ]
  for (const [locale, uiLocales, acceptLanguage] of chosen)
    t.is(firstSupported(uiLocales ?? '') ?? preferredLocale(requestFor(acceptLanguage)), locale)
})

test('durations and plurals follow the language', t => {
  const en = new Translator('en')
  const ru = new Translator('ru')
  t.is(en.span(14 * 86_400), '14 days')
  t.is(ru.span(14 * 86_400), '14 дней')
  t.is(en.span(5400), '1 hour, 30 minutes')
  t.is(en.span(0), '1 second')
  t.is(en.span(86_401), '1 day')
  t.is(en.ahead(0.2), 'in 1 second')
  t.is(ru.ahead(61), 'через 2 минуты')
  t.is(en.ahead(3601), 'in 2 hours')
  t.is(ru.t('problem.password.too-short', { count: 21 }), 'В пароле должно быть не меньше 21 символа.')
  t.is(en.t('no.such.key'), 'no.such.key')
})

const messages = (locale: Locale): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`../../locales/${locale}.json`, import.meta.url), 'utf8'))
const plain = (key: string) => key.replace(/#.*$/, '')

test('every language has the same keys, the same placeholders and all its plural forms', t => {
  const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
  const keys = (locale: Locale) => [...new Set(Object.keys(messages(locale)).map(plain))].sort()
  for (const locale of locales) {
    t.deepEqual(keys(locale), keys('en'))
    const all = messages(locale)
    for (const [key, text] of Object.entries(all)) {
      t.notRegex(text, /[<>&]/)
      t.deepEqual(placeholders(text), placeholders(messages('en')[key] ?? messages('en')[`${plain(key)}#other`] ?? ''))
      if (!key.includes('#')) continue
      for (const form of new Intl.PluralRules(locale).resolvedOptions().pluralCategories)
        t.true(Object.hasOwn(all, `${plain(key)}#${form}`))
    }
  }
})

/** They have their own tests: history-text.test.ts, email-texts.test.ts, and admin/sign-in.test.ts for permissions. */
const notForPages = (key: string) => /^(history|mail|permission)\./.test(key)

/** Problems of fields are looked up by the name of the field: account-forms.test.ts. */
const forAnyField = (key: string) => key.startsWith('problem.')

test('every message is used by a page, and every message a page uses exists', t => {
  const views = new URL('../../views/', import.meta.url)
  const text = readdirSync(views, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.eta'))
    .map(name => readFileSync(new URL(name, views), 'utf8'))
    .join('\n')
  const keys = [...new Set(Object.keys(messages('en')).map(plain))].filter(key => !notForPages(key))
  const calls = [...text.matchAll(/it\.(?:t|rich)\(([^;%]*?)(?:\)|, \{)/g)].map(match => String(match[1]))
  const used = calls
    .flatMap(call => [...call.matchAll(/'([^']+)'|`([^`]+)`/g)])
    .map(match => match[1] ?? match[2] ?? '')
  const patterns = used.map(key => new RegExp(`^${key.replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, '[\\w-]+')}$`))

  for (const pattern of patterns)
    t.true(
      keys.some(key => pattern.test(key)),
      `${pattern} is in no language`,
    )
  for (const key of keys.filter(each => !forAnyField(each)))
    t.true(
      patterns.some(pattern => pattern.test(key)),
      `${key} is used by no page`,
    )
})
