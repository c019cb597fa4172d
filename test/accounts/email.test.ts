import test from 'ava'
import { normalizeEmail, parseEmail } from '../../src/accounts/email.ts'
import { InvalidInput } from '../../src/base/refusals.ts'

const spellings: [title: string, typed: string, kept: string][] = [
  ['an email in upper case', 'Ada.Lovelace@Example.ORG', 'ada.lovelace@example.org'],
  ['an email with surrounding spaces', '  ada@example.org\n', 'ada@example.org'],
  ['an email in full-width characters', 'ａｄａ@ｅｘａｍｐｌｅ.org', 'ada@example.org'],
  ['an email with an internationalized domain', 'ada@Bücher.example', 'ada@xn--bcher-kva.example'],
  ['an email with a Cyrillic domain', 'ada@пример.рф', 'ada@xn--e1afmkfd.xn--p1ai'],
  ['an email with ideographic full stops', 'ada@example。org', 'ada@example.org'],
  [
    'Q-09: an email with all characters of an unquoted local part',
    "tom&jerry/a!#$%'*+=?^_`{|}~-@example.com",
    "tom&jerry/a!#$%'*+=?^_`{|}~-@example.com",
  ],
  ['Q-09: an email with a slash', 'a/b@example.com', 'a/b@example.com'],
  ['Q-09: an email in Cyrillic', 'Почта@Пример.рф', 'почта@xn--e1afmkfd.xn--p1ai'],
  ['Q-09: an email in Chinese', '用户@例子.广告', '用户@xn--fsqu00a.xn--4rr70v'],
  ['Q-09: an email in Devanagari with combining marks', 'अजय@डाटा.भारत', 'अजय@xn--c2bd1gb.xn--h2brj9c'],
  ['Q-09: an email with decomposed accents', 'Jose\u0301@example.org', 'josé@example.org'],
  ['Q-09: an email with an emoji', '🦄@example.org', '🦄@example.org'],
  ['an email with a plus tag', 'ada+news@example.org', 'ada+news@example.org'],
]

for (const [title, typed, kept] of spellings) {
  test(`${title} is normalized`, t => {
    t.is(normalizeEmail(typed), kept)
    t.is(normalizeEmail(kept), kept)
  })
}

const invalid = [
  '',
  'ada',
  '@example.org',
  'ada@',
  'ada@@example.org',
  'ada@example.org,eve@example.org',
  'ada@example.org eve@example.org',
  'ada@example.org\r\nBcc: eve@example.org',
  'Ada <ada@example.org>',
  'ada@example.org\0',
  'ada@exa mple.org',
  'ada@[127.0.0.1]',
  'ada@-example.org',
  'ada@ex%61mple.org',
  'ada@example.org/',
  '.ada@example.org',
  'ada.@example.org',
  'a..da@example.org',
  '"ada king"@example.org',
  'ada(home)@example.org',
  'ada;eve@example.org',
  'ada\u200b@example.org',
  'ada\u202e@example.org',
  'ada\u2028Bcc: eve@example.org',
  'ada\u3000eve@example.org',
  'ａｄａ＜eve@example.org',
  'ada\ud800@example.org',
  `${'ж'.repeat(125)}@example.org`,
  `ada@${'x'.repeat(250)}.org`,
]

for (const text of invalid) {
  test(`P-09: ${JSON.stringify(text.slice(0, 50))} is not an email`, t => {
    t.is(parseEmail(text), null)
    t.deepEqual(t.throws(() => normalizeEmail(text), { instanceOf: InvalidInput })?.fields, { email: 'invalid' })
  })
}
