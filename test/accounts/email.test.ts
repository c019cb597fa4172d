import test from 'ava'
import { normalizeEmail, parseEmail } from '../../src/accounts/email.ts'
import { InvalidInput } from '../../src/base/refusals.ts'

const spellings: [title: string, typed: string, kept: string][] = [
  ['capitals', 'Ada.Lovelace@Example.ORG', 'ada.lovelace@example.org'],
  ['spaces around it', '  ada@example.org\n', 'ada@example.org'],
  ['full-width characters', 'ａｄａ@ｅｘａｍｐｌｅ.org', 'ada@example.org'],
  ['an internationalized domain', 'ada@Bücher.example', 'ada@xn--bcher-kva.example'],
  ['a domain in Cyrillic', 'ada@пример.рф', 'ada@xn--e1afmkfd.xn--p1ai'],
  ['the other dots of a domain', 'ada@example。org', 'ada@example.org'],
  [
    'Q-09: all signs of an unquoted address',
    "tom&jerry/a!#$%'*+=?^_`{|}~-@example.com",
    "tom&jerry/a!#$%'*+=?^_`{|}~-@example.com",
  ],
  ['Q-09: a slash', 'a/b@example.com', 'a/b@example.com'],
  ['Q-09: Cyrillic', 'Почта@Пример.рф', 'почта@xn--e1afmkfd.xn--p1ai'],
  ['Q-09: Chinese', '用户@例子.广告', '用户@xn--fsqu00a.xn--4rr70v'],
  ['Q-09: Devanagari, which has marks', 'अजय@डाटा.भारत', 'अजय@xn--c2bd1gb.xn--h2brj9c'],
  ['Q-09: accented characters, composed or not', 'Jose\u0301@example.org', 'josé@example.org'],
  ['Q-09: a picture', '🦄@example.org', '🦄@example.org'],
  ['a part after a plus', 'ada+news@example.org', 'ada+news@example.org'],
]

for (const [title, typed, kept] of spellings) {
  test(`one address for ${title}`, t => {
    t.is(normalizeEmail(typed), kept)
    t.is(normalizeEmail(kept), kept)
  })
}

const strange = [
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

for (const text of strange) {
  test(`P-09: ${JSON.stringify(text.slice(0, 50))} is no address`, t => {
    t.is(parseEmail(text), null)
    t.deepEqual(t.throws(() => normalizeEmail(text), { instanceOf: InvalidInput })?.fields, { email: 'invalid' })
  })
}
