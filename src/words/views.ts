import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const ours = fileURLToPath(new URL('../../views', import.meta.url))

/** The files below a folder, by path relative to it; names that begin with a dot are passed over. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => !path.split(sep).some(part => part.startsWith('.')))
    .filter(path => statSync(join(folder, path)).isFile())
    .map(path => path.replaceAll(sep, '/'))
}

/**
 * Every view by its name (`interaction/sign-in.eta`, `assets/theme.css`) with the file that stands for it:
 * the operator's own from VIEWS_DIR where there is one, otherwise ours.
 *
 * An override that replaces nothing is refused: its author believes that a page says something which it does not.
 * Assets may be added freely, so that a theme can bring its fonts and pictures.
 */
export function findViews(viewsDir: string | null): Map<string, string> {
  const views = new Map(filesBelow(ours).map(name => [name, join(ours, name)]))
  if (viewsDir == null) return views
  if (!existsSync(viewsDir)) throw new Error(`VIEWS_DIR: there is no folder ${viewsDir}`)

  for (const name of filesBelow(viewsDir)) {
    if (name.endsWith('.eta') && !views.has(name)) {
      const known = [...views.keys()].filter(each => each.endsWith('.eta')).join(', ')
      throw new Error(`VIEWS_DIR: ${name} replaces no page. The pages are ${known}`)
    }
    views.set(name, join(viewsDir, name))
  }
  return views
}
