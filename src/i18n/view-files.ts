import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const builtIn = fileURLToPath(new URL('../../views', import.meta.url))

/** The files below a folder, by relative path, without those in which a part of the path begins with a dot. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => !path.split(sep).some(part => part.startsWith('.')))
    .filter(path => statSync(join(folder, path)).isFile())
    .map(path => path.replaceAll(sep, '/'))
}

/**
 * The file of every view, by name (`interaction/sign-in.eta`, `assets/theme.css`): the operator's from VIEWS_DIR if
 * there is one, otherwise the built-in one.
 *
 * An operator's template that overrides nothing is refused, because its author would believe that a page uses it.
 * Assets may be added, so that a theme can bring its own fonts and pictures.
 */
export function findViews(viewsDir: string | null): Map<string, string> {
  const views = new Map(filesBelow(builtIn).map(name => [name, join(builtIn, name)]))
  if (viewsDir == null) return views
  if (!existsSync(viewsDir)) throw new Error(`VIEWS_DIR: there is no folder ${viewsDir}`)

  for (const name of filesBelow(viewsDir)) {
    if (name.endsWith('.eta') && !views.has(name)) {
      const known = [...views.keys()].filter(each => each.endsWith('.eta')).join(', ')
      throw new Error(`VIEWS_DIR: ${name} replaces no built-in page. The built-in pages are ${known}`)
    }
    views.set(name, join(viewsDir, name))
  }
  return views
}
