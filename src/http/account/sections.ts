import { readdirSync } from 'node:fs'
import type { Action } from './action.ts'
import type { AccountPage, Download } from './page.ts'

/** What a file of `sections/` exports: each file there adds its own pages and actions to the account. */
interface Section {
  pages?: readonly AccountPage[]
  downloads?: readonly Download[]
  actions?: readonly Action[]
}

const folder = new URL('sections/', import.meta.url)
const sections: Section[] = await Promise.all(
  readdirSync(folder)
    .filter(file => /^[\w-]+\.ts$/.test(file))
    .sort()
    .map(file => import(new URL(file, folder).href)),
)

/** Everything that people can do with their own account, by a form or through the API. */
export const ACTIONS: readonly Action[] = sections.flatMap(({ actions = [] }) => actions)

export const DOWNLOADS: readonly Download[] = sections.flatMap(({ downloads = [] }) => downloads)

/** The account pages. */
export const PAGES: readonly AccountPage[] = sections.flatMap(({ pages = [] }) => pages)

const byName = new Map(PAGES.map(page => [page.name, page]))

/** @throws Error if no section has a page of this name */
export function pageNamed(name: string): AccountPage {
  const page = byName.get(name)
  if (!page) throw new Error(`There is no account page ${name}`)
  return page
}

// A wrong name stops the start, not the request of a person.
for (const { form } of ACTIONS) for (const name of form ? [form.page, form.leadsTo ?? form.page] : []) pageNamed(name)
for (const { partOf } of PAGES) if (partOf) pageNamed(partOf)
