import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import en from '../../locales/en.json' with { type: 'json' }
import ru from '../../locales/ru.json' with { type: 'json' }
import { CATALOGUE, entryOf, GROUPS, type Group, type Kind, kindsIn, OWNER_GROUPS } from '../../src/audit/catalogue.ts'
import { auditReference } from '../../src/audit/write-docs.ts'
import { FILTERS, historyQuery } from '../../src/http/account/sections/history.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const KINDS = Object.keys(CATALOGUE) as Kind[]
const LOCALES: Record<string, Record<string, string>> = { en, ru }

/** The keys of the texts of a kind and its reasons. */
const keysOf = (kind: Kind) => {
  const reasons = entryOf(kind)!.reason?.filter(reason => reason !== null) ?? []
  return [`history.${kind}`, ...reasons.map(reason => `history.${kind}.${reason.replace(':', '')}`)]
}

test('every kind and every reason has a text in each language', t => {
  for (const [locale, words] of Object.entries(LOCALES))
    for (const key of KINDS.flatMap(keysOf)) t.truthy(words[key], `${locale} ${key}`)
})

test('every history text belongs to a kind or reason in the catalogue', t => {
  const known = new Set(KINDS.flatMap(keysOf))
  for (const [locale, words] of Object.entries(LOCALES))
    for (const key of Object.keys(words).filter(each => /^history\..+\./.test(each)))
      t.true(known.has(key.replace(/\.client$/, '')), `${locale} ${key}`)
})

test('every kind is recorded somewhere', t => {
  const sources = globSync('{src,cli}/**/*.ts', { cwd: ROOT }).filter(path => !path.startsWith('src/audit/'))
  const text = sources.map(path => readFileSync(`${ROOT}${path}`, 'utf8')).join('\n')
  for (const kind of KINDS) t.true(text.includes(`'${kind}'`), kind)
})

test('F-25: every event that the owner of an account may see is in a group that the page and the API filter by', t => {
  const shown = FILTERS.filter(filter => filter !== 'all').flatMap(kindsIn)
  const api = Object.keys(GROUPS).filter(group => historyQuery.safeParse({ group }).success)
  t.deepEqual(api, [...OWNER_GROUPS])
  for (const kind of KINDS) {
    const { group } = CATALOGUE[kind]
    t.is(shown.includes(kind), GROUPS[group as Group] === 'owner', kind)
  }
  for (const [locale, words] of Object.entries(LOCALES))
    for (const filter of FILTERS) t.truthy(words[`account.history.${filter}`], `${locale} ${filter}`)
})

test('docs/reference/audit-events.md is up to date (npm run docs:audit)', t => {
  t.is(readFileSync(`${ROOT}docs/reference/audit-events.md`, 'utf8'), auditReference())
})
