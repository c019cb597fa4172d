import type { Browser } from '../support/browser.ts'

/** The claims in a table of the page, as displayed. */
export function claimsShown({ document }: Browser, caption: string): Record<string, string> {
  const table = document.querySelectorAll('table').find(each => each.querySelector('caption')?.textContent === caption)
  const rows = table?.querySelectorAll('tbody tr') ?? []
  return Object.fromEntries(
    rows.map(row => [row.querySelector('th')?.textContent, row.querySelector('td')?.textContent]),
  )
}
