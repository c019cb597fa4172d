import { createHash } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execute } from './execute.ts'

const APPS = fileURLToPath(new URL('../apps', import.meta.url))

/** Kept between runs on the same machine; it can be removed at any time. */
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gatehouse-connect')

export interface Recipe {
  /** The files that decide what is installed or built: as long as they are the same, it is not done again. */
  from: readonly string[]
  /** The commands that do it, in the folder of the application. */
  run: readonly (readonly string[])[]
  env?: Record<string, string>
  /** Files that are written in addition to those of the application, or in place of them. */
  files?: Record<string, string>
}

/** A file of an application. */
export function sourceOf(app: string, file: string): string {
  return join(APPS, app, file)
}

/**
 * Copies `connect/apps/NAME` to a folder of the cache, and installs or builds there what a run before has not.
 * @returns the folder
 */
export async function build(name: string, { from, run, env = {}, files = {} }: Recipe): Promise<string> {
  const source = join(APPS, name)
  const hash = createHash('sha256').update(JSON.stringify([run, files]))
  for (const file of globSync(from, { cwd: source }).sort())
    hash.update(file).update(await readFile(join(source, file)))
  const folder = join(CACHE, `${name}-${hash.digest('hex').slice(0, 16)}`)
  const done = join(folder, '.done')
  await mkdir(folder, { recursive: true })
  await cp(source, folder, { recursive: true })
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
  if (existsSync(done)) return folder
  for (const command of run) await execute(command, folder, env)
  await writeFile(done, '')
  return folder
}
