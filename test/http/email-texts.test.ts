import { globSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { parse } from 'node-html-parser'
import en from '../../locales/en.json' with { type: 'json' }
import ru from '../../locales/ru.json' with { type: 'json' }
import type { Actor } from '../../src/base/actor.ts'
import type { Options } from '../../src/email/emails.ts'
import { CHANGES, type EmailKind, KINDS, type Kind } from '../../src/email/kinds.ts'
import { EmailTexts } from '../../src/i18n/email-texts.ts'
import { locales } from '../../src/i18n/locale.ts'

const issuer = 'https://id.example.org'
const emails = new EmailTexts({ issuer, viewsDir: null })
const kinds = Object.keys(KINDS) as EmailKind[]
const changes = Object.keys(CHANGES) as (keyof typeof CHANGES)[]
const texts = { en, ru } as Record<string, Record<string, string>>

const device = { en: 'Firefox on Linux', ru: 'Firefox на Linux' }
const data = {
  name: 'Ada Lovelace',
  link: `${issuer}/do/it`,
  report: `${issuer}/report-compromise/token`,
  when: '2026-11-20T14:31:00Z',
  until: '2026-12-04T14:31:00Z',
  address: 'new@example.org',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  ip: '203.0.113.7',
  change: changes[0]!,
  left: '2',
  code: '7QJK-2M9F',
  provider: 'Example',
}

for (const locale of locales) {
  for (const kind of kinds) {
    test(`the email ${kind} in ${locale} has the same facts as HTML and as text, and loads nothing`, t => {
      const { subject, html, text } = emails.write({ kind, to: 'ada@example.org', locale, data })
      const page = parse(html)
      t.is(page.querySelector('html')?.getAttribute('lang'), locale)
      t.is(page.querySelector('h1')?.text, subject)
      t.notRegex(`${subject}${html}${text}`, /\{\w+\}|\bmail\.|undefined|\[object/)
      t.notRegex(html, /<(table|img|script|link|iframe|form)\b|url\(|@import/i)
      for (const fact of [
        data.name,
        data.link,
        data.report,
        device[locale],
        data.ip,
        data.address,
        data.code,
        issuer,
      ]) {
        t.true(text.includes(fact), `text: ${fact}`)
        t.true(html.includes(fact), `html: ${fact}`)
      }
      for (const link of page.querySelectorAll('a')) t.true(link.getAttribute('href')?.startsWith(`${issuer}/`))
      t.notRegex(text, /[<>]|&\w+;/)
    })
  }
}

for (const locale of locales) {
  for (const change of changes) {
    test(`the email factor-changed in ${locale} has its own text for ${change}`, t => {
      const write = (of: string) =>
        emails.write({
          kind: 'factor-changed',
          to: 'ada@example.org',
          locale,
          data: { ...data, change: of },
        })
      const { subject, html, text } = write(change)
      t.notRegex(`${subject}${html}${text}`, /\{\w+\}|\bmail\.|undefined/)
      for (const other of changes) if (other !== change) t.not(write(other).text, text)
    })
  }
}

test('every email message in the locales is used', t => {
  const used = new Set(['greeting', 'greeting.name', 'link', 'report', 'footer'].map(part => `mail.${part}`))
  for (const fact of ['when', 'until', 'lasts', 'administrator', 'stated', 'address', 'device', 'ip'])
    used.add(`mail.fact.${fact}`)
  for (const kind of kinds) {
    for (const part of ['subject', 'body', 'before-link', 'link', 'report', 'after']) {
      used.add(`mail.${kind}.${part}`)
      for (const change of kind === 'factor-changed' ? changes : []) used.add(`mail.${kind}.${part}.${change}`)
    }
  }
  t.deepEqual(
    Object.keys(en).filter(key => key.startsWith('mail.') && !used.has(key)),
    [],
  )
})

test('the greeting has a name only if it looks like one, so no one can send messages in our name', t => {
  const greeting = (name: string) => emails.write({ kind: 'test', to: 'ada@example.org', locale: 'en', data: { name } })
  for (const name of ['Ada', 'Zoë O’Neill-Ångström', 'Мария Склодовская', '明']) {
    t.true(greeting(name).text.startsWith(`Hello ${name},`), name)
  }
  for (const name of [
    'win.example',
    'https://win.example',
    'Call +1 555 0100',
    'a'.repeat(10_000),
    '<b>x</b>',
    'a\nb',
  ]) {
    t.true(greeting(name).text.startsWith('Hello,'), name)
    t.false(greeting(name).html.includes('win.example'))
  }
})

test('an operator can replace the email templates', t => {
  const viewsDir = mkdtempSync(join(tmpdir(), 'gatehouse-views-'))
  for (const [name, text] of [
    ['mail/email.eta', '<p>ours: <%= it.subject %> <%~ it.say("body") %></p>'],
    ['parts/name.eta', 'R&D Sign-in'],
  ] as const) {
    mkdirSync(join(viewsDir, name, '..'), { recursive: true })
    writeFileSync(join(viewsDir, name), text)
  }
  const { html, text } = new EmailTexts({ issuer, viewsDir }).write({
    kind: 'test',
    to: 'a@b.example',
    locale: 'en',
    data: {},
  })
  t.regex(html, /^<p>ours: A letter to try out mail .*<bdi>R&amp;D Sign-in<\/bdi>/)
  t.true(text.includes('R&D Sign-in'))
})

test('F-25: each kind of email, and each change that it can report, is sent by some code', t => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const files = globSync(`${root}/{src,cli}/**/*.ts`).filter(file => !file.endsWith('email/kinds.ts'))
  const code = files.map(file => readFileSync(file, 'utf8')).join()
  for (const kind of kinds) t.regex(code, new RegExp(`\\.send\\(\\s*'${kind}'|kind: '${kind}'`), kind)
  for (const change of changes) t.true(code.includes(`'${change}'`), change)
})

for (const locale of locales) {
  test(`each kind of email has its texts in ${locale}, which use only the facts that it is given`, t => {
    const own = texts[locale] ?? {}
    const given = ({ facts = [] }: Kind, change?: keyof typeof CHANGES): Set<string> =>
      new Set(['to', 'service', ...facts, ...(change ? CHANGES[change] : [])])
    for (const kind of kinds) {
      const rules: Kind = KINDS[kind]
      const parts = ['subject', ...(rules.link || rules.page ? ['link'] : []), ...(rules.report ? ['report'] : [])]
      for (const part of parts) t.truthy(own[`mail.${kind}.${part}`], `${kind}: ${part}`)
      for (const change of kind === 'factor-changed' ? changes : [undefined]) {
        const body = `mail.${kind}.body${change ? `.${change}` : ''}`
        t.truthy(own[body], body)
        const said = Object.entries(own).filter(([key]) =>
          change ? key.endsWith(`.${change}`) && key.startsWith(`mail.${kind}.`) : key.startsWith(`mail.${kind}.`),
        )
        const named = said.flatMap(([, text]) => [...text.matchAll(/\{(\w+)\}/g)].map(match => match[1]!))
        for (const name of named) t.true(given(rules, change).has(name), `${body}: {${name}}`)
        for (const fact of change ? CHANGES[change] : []) t.true(named.includes(fact), `${body} does not use {${fact}}`)
      }
    }
  })
}

test('an email without one of its facts does not compile', t => {
  type Compiles<K extends EmailKind, Given> = Given extends Options<K> ? true : false
  const complete: Compiles<'factor-changed', { by: Actor; change: 'identity-linked'; provider: string }> = true
  const incomplete: [
    Compiles<'deletion-scheduled', { locale: 'en' }>,
    Compiles<'new-device', { locale: 'en' }>,
    Compiles<'sign-in', { by: Actor; page: string }>,
    Compiles<'factor-changed', { by: Actor }>,
    Compiles<'factor-changed', { by: Actor; change: 'recovery-codes-low' }>,
    Compiles<'factor-changed', { by: Actor; change: 'identity-linked' }>,
  ] = [false, false, false, false, false, false]
  t.true(complete && !incomplete.some(Boolean))
})
