import test from 'ava'
import { normalizeEmail, parseEmail } from '../../src/accounts/email.ts'
import { InvalidInput } from '../../src/base/refusals.ts'

const spellings: [title: string, typed: string, kept: string][] = [
  ['capitals', 'Ada.Lovelace@Example.ORG', 'ada.lovelace@example.org'],
  ['spaces around it', '  ada@example.org\n', 'ada@example.org'],
  ['full-width letters', 'ａｄａ@ｅｘａｍｐｌｅ.org', 'ada@example.org'],
  ['a domain in its own letters', 'ada@Bücher.example', 'ada@xn--bcher-kva.example'],
  ['a domain in Cyrillic', 'ada@пример.рф', 'ada@xn--e1afmkfd.xn--p1ai'],
  ['the other dots of a domain', 'ada@example。org', 'ada@example.org'],
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
  `ada@${'x'.repeat(250)}.org`,
]

for (const text of strange) {
  test(`P-09: ${JSON.stringify(text.slice(0, 50))} is no address`, t => {
    t.is(parseEmail(text), null)
    t.deepEqual(t.throws(() => normalizeEmail(text), { instanceOf: InvalidInput })?.fields, { email: 'invalid' })
  })
}
