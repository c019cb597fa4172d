import { mkdir, rm, writeFile } from 'node:fs/promises'
import type { Group } from './selection.ts'

/** A module for each group of files, which AVA runs. Written for one run and removed after it. */
const FOLDER = `test/bundles/${process.pid}`

/** @returns the paths of the modules, in the order of the groups */
export async function writeBundles(groups: readonly Group[]): Promise<string[]> {
  await removeBundles()
  await mkdir(FOLDER, { recursive: true })
  return Promise.all(
    groups.map(async ({ files, storage: { env } }, index) => {
      const path = `${FOLDER}/${String(index + 1).padStart(3, '0')}.test.ts`
      const source = `import { bundle } from '../../support/suite/bundle.ts'\n\nawait bundle(${JSON.stringify(files)}, ${JSON.stringify(env)})\n`
      await writeFile(path, source)
      return path
    }),
  )
}

export function removeBundles(): Promise<void> {
  return rm(FOLDER, { recursive: true, force: true })
}
