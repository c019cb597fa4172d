import test from 'ava'
import type { HistoryEvent } from '../../src/audit/history.ts'
import { historyText } from '../../src/i18n/history-text.ts'
import { locales } from '../../src/i18n/locale.ts'

const now = new Date('2026-11-20T15:00:00Z')
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000)

const refused: HistoryEvent = {
  id: '019aa1b2-0000-7000-8000-000000000000',
  at: before(190),
  kind: 'sign-in.refused',
  success: false,
  reason: 'wrong-password',
  browser: 'Firefox',
  system: 'Linux',
  device: 'Firefox on Linux',
  ip: '203.0.113.7',
  client: null,
  target: null,
  provider: null,
  byOperator: false,
}

function sentenceOf(...options: Parameters<typeof historyText>): string {
  const { what, circumstances } = historyText(...options)
  return `${what}, ${circumstances}`
}

test('a failed sign-in is described in plain words', t => {
  t.is(sentenceOf(refused, { locale: 'en', now }), 'Wrong password, Firefox on Linux, 203.0.113.7, 3 minutes ago')
  t.is(sentenceOf(refused, { locale: 'ru', now }), 'Неверный пароль, Firefox на Linux, 203.0.113.7, 3 минуты назад')
})

test('unknown facts are left out', t => {
  const unknown = { ...refused, browser: null, system: null, device: '', ip: null, reason: 'something new' }
  t.is(sentenceOf(unknown, { locale: 'en', now }), 'Sign-in refused, 3 minutes ago')
  t.is(
    sentenceOf({ ...refused, system: null }, { locale: 'en', now }),
    'Wrong password, Firefox, 203.0.113.7, 3 minutes ago',
  )
  t.is(
    sentenceOf({ ...unknown, kind: 'moon.landed' }, { locale: 'en', now }),
    'Something else (moon.landed), 3 minutes ago',
  )
})

test('applications are shown by name, if they have one', t => {
  const given = { ...refused, kind: 'consent.given', success: true, reason: null, client: 'photos' }
  t.regex(sentenceOf(given, { locale: 'en', now, client: 'Photos' }), /^Allowed Photos, Firefox/)
  t.regex(sentenceOf(given, { locale: 'en', now }), /^Allowed an application, Firefox/)
})

test('the sign-in method is shown, and providers by their title', t => {
  const signedIn = { ...refused, kind: 'sign-in.succeeded', success: true, reason: 'upstream', provider: 'google' }
  const options = { locale: 'en', now, provider: 'Google' } as const
  t.regex(sentenceOf(signedIn, options), /^Signed in with Google, Firefox/)
  t.regex(sentenceOf(signedIn, { ...options, client: 'Photos' }), /^Signed in to Photos with Google, Firefox/)
  t.regex(sentenceOf({ ...signedIn, reason: 'email' }, options), /^Signed in by a letter, Firefox/)
  t.regex(sentenceOf({ ...signedIn, reason: null }, options), /^Signed in, Firefox/)
  t.regex(sentenceOf({ ...signedIn, kind: 'identity.linked', reason: null }, options), /^Google connected, Firefox/)
})

test('a change by an operator says so, without device and IP address', t => {
  const suspended = { ...refused, kind: 'account.suspended', success: true, reason: null, byOperator: true }
  t.is(sentenceOf(suspended, { locale: 'en', now }), 'Account suspended, by an operator, 3 minutes ago')
  const role = { ...suspended, kind: 'role.assigned', target: 'admin' }
  t.is(sentenceOf(role, { locale: 'en', now }), 'Role admin given, by an operator, 3 minutes ago')
})

test('times are shown in their largest unit, and never in the future', t => {
  const when = (seconds: number) =>
    sentenceOf({ ...refused, at: before(seconds) }, { locale: 'en', now }).split(', ')[3]
  t.deepEqual([-5, 0, 4, 5, 59, 60, 3599, 3600, 86_399, 86_400, 40 * 86_400, 800 * 86_400].map(when), [
    'now',
    'now',
    'now',
    '5 seconds ago',
    '59 seconds ago',
    '1 minute ago',
    '59 minutes ago',
    '1 hour ago',
    '23 hours ago',
    '1 day ago',
    '1 month ago',
    '2 years ago',
  ])
})

test('every language has its own text for each reason', t => {
  for (const locale of locales)
    for (const reason of ['wrong-password', 'suspended'])
      t.not(
        sentenceOf({ ...refused, reason }, { locale, now }),
        sentenceOf({ ...refused, reason: 'unheard of' }, { locale, now }),
      )
})
