import { once } from 'node:events'
import { access, link, open, rm } from 'node:fs/promises'
import type { Sink } from './io.ts'

/** A file that gets its name when it is complete. @throws Error if there is such a file, or it cannot be written */
export async function newFile(path: string): Promise<Sink> {
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (exists) throw alreadyExists(path)
  const partial = `${path}.partial`
  const file = await open(partial, 'w', 0o600)
  return {
    write: async text => {
      await file.appendFile(text)
    },
    async finish() {
      await file.sync()
      await file.close()
      // Unlike rename(), this never replaces a file that was created meanwhile.
      await link(partial, path).catch(error => {
        throw error.code === 'EEXIST' ? alreadyExists(path) : error
      })
      await rm(partial)
    },
  }
}

/** Standard output, at the speed of its reader. */
export function standardOutput(closed: () => boolean): Sink {
  return {
    async write(text) {
      if (closed() || process.stdout.write(text)) return
      const done = new AbortController()
      const ended = () => done.abort()
      process.stdout.once('close', ended)
      await once(process.stdout, 'drain', { signal: done.signal }).catch(() => {})
      process.stdout.off('close', ended)
    },
    finish: async () => {},
  }
}

function alreadyExists(path: string): Error {
  return Object.assign(new Error(`${path} exists already; choose another name`), { code: 'EEXIST', syscall: 'open' })
}
