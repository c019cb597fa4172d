import test from 'ava'
import { InvalidInput } from '../../src/base/refusals.ts'
import { checkPassword, normalizePassword } from '../../src/credentials/passwords/password-rules.ts'

const EMAIL = 'ada.lovelace@example.org'

/** The problem with a password; undefined if it is accepted. */
function problem(password: string): string | undefined {
  try {
    checkPassword(password, EMAIL)
    return undefined
  } catch (error) {
    return error instanceof InvalidInput ? error.fields.password : String(error)
  }
}

const varied = (length: number, alphabet = 'qz7-ü м') => [...alphabet.repeat(length)].slice(0, length).join('')

const lengths: [title: string, password: string, problem: string | undefined][] = [
  ['none', '', 'too-short'],
  ['7 characters', 'zq-bw7k', 'too-short'],
  ['8 characters', 'zq-bw7kx', undefined],
  ['256 characters', varied(256), undefined],
  ['257 characters', varied(257), 'too-long'],
  ['7 emoji', '🐴🔋📎🧷🦉🌧🎻', 'too-short'],
  ['8 emoji', '🐴🔋📎🧷🦉🌧🎻🧭', undefined],
  ['256 emoji', varied(256, '🐴🔋📎'), undefined],
  ['257 emoji', varied(257, '🐴🔋📎'), 'too-long'],
  ['8 Cyrillic characters', 'жёлудьцы', undefined],
  ['8 code points that form 7 characters', 'zq-bw7ke\u0301'.slice(1), 'too-short'],
]
for (const [title, password, expected] of lengths) {
  test(`the length is counted in characters: ${title}: ${expected ?? 'accepted'}`, t =>
    t.is(problem(password), expected))
}

test('no rule requires capitals, digits or symbols, and spaces are allowed', t => {
  for (const password of ['correct horse battery', 'zqbwxkvj', '83916274', '        x', '-_-#-_-#']) {
    t.is(problem(password), undefined, password)
  }
})

test('Q-06: control characters are refused with a reason, and characters of all languages are accepted', t => {
  for (const odd of ['\n', '\t', '\0', '\x1b', '\u0085', '\u2028', '\uFEFF', '\uD800'])
    for (const password of [`${odd}zq-bw7kx tea`, `zq-bw7${odd}kx tea`, `zq-bw7kx tea${odd}`])
      t.is(problem(password), 'control', JSON.stringify(password))
  for (const fine of ['👩‍👩‍👧 the family', 'می‌خواهم چای', '\u00A0zq-bw7kx tea']) t.is(problem(fine), undefined, fine)
})

test('the most common passwords are refused, in upper and lower case', t => {
  for (const password of [
    'password',
    'PASSWORD',
    'Password1',
    '12345678',
    'qwertyuiop',
    'iloveyou',
    'ｐａｓｓｗｏｒｄ',
  ]) {
    t.is(problem(password), 'common', password)
  }
  for (const password of ['aaaaaaaa', '••••••••', 'ЯЯЯЯЯЯЯЯЯЯ', '🐴🐴🐴🐴🐴🐴🐴🐴'])
    t.is(problem(password), 'common', password)
})

test('a password that equals the email or its local part is refused', t => {
  for (const password of [EMAIL, EMAIL.toUpperCase(), 'ada.lovelace', 'Ada.Lovelace']) {
    t.is(problem(password), 'like-email', password)
  }
  t.is(problem(`${EMAIL}!`), undefined)
})

test('different Unicode forms of the same characters are the same password', t => {
  for (const [one, two] of [
    ['résumé-file', 're\u0301sume\u0301-file'],
    ['Ångström-8', '\u212bngstro\u0308m-8'],
    ['ｆｕｌｌ　ｗｉｄｔｈ', 'full width'],
    ['ﬁnal-office', 'final-office'],
  ] as const) {
    t.not(one, two)
    t.is(normalizePassword(one), normalizePassword(two))
  }
  t.not(normalizePassword('Straße 17'), normalizePassword('Strasse 17'))
  t.not(normalizePassword('Case counts'), normalizePassword('case counts'))
})

test('the error says what is allowed and never repeats the password', t => {
  for (const password of ['zq-bw7k', varied(257), 'Password1']) {
    const refusal = t.throws(() => checkPassword(password, EMAIL), { instanceOf: InvalidInput })
    t.false(refusal?.message.includes(password))
  }
})
