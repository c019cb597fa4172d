import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { decodeText } from '../../text/text-file.ts'
import { ConfigError, codeOf, type Mistake, reason } from '../validation/config-error.ts'

/** How to generate a key, shown wherever one is missing. */
export const MAKE_A_KEY = 'openssl rand -base64 48'
const MIN_LENGTH = 32
const PLACEHOLDERS = /change.?me|secret|password|example|insecure|replace|placeholder|your.?key|default|openssl/i

/**
 * Keys newest first, separated by commas or line breaks. A key is the bytes of its text, without any decoding: if an
 * encoding were guessed, one text could yield two different keys, and encrypted data would be lost. Other keys are
 * derived from it; it is never used raw.
 */
export const secretKeys = z.string().transform((text, check) => {
  const keys = text.split(/[,\n]/).map(key => key.trim())
  keys.forEach((key, index) => {
    const which = keys.length === 1 ? 'the key' : `key ${index + 1} of ${keys.length}`
    if (key.length < MIN_LENGTH) check.addIssue(`${which} has only ${key.length} characters`)
    else if (weak(key)) check.addIssue(`${which} is easy to guess`)
    else if (keys.indexOf(key) < index) check.addIssue(`${which} is listed twice`)
  })
  return keys.map(key => Buffer.from(key))
})

/** Whether a key has few different characters, repeats itself, or contains a sequence (abcdef) or a placeholder. */
function weak(key: string): boolean {
  const codes = [...key].map(character => character.codePointAt(0) ?? 0)
  const sequential = codes.filter((code, index) => index > 0 && Math.abs(code - (codes[index - 1] ?? 0)) <= 1)
  const repeats = (key + key).indexOf(key, 1) < key.length
  return new Set(codes).size < 8 || repeats || sequential.length > codes.length * 0.7 || PLACEHOLDERS.test(key)
}

interface KeptKeys {
  keys: readonly Buffer[]
  mistake?: Mistake
  warning?: string
}

/** The keys of an installation without DATABASE_URL, in its data folder: generated once, readable only by its owner. */
export class KeyFile {
  readonly path: string
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = dataDir
    this.path = join(dataDir, 'secret-keys')
  }

  /** Returns no keys if there is no file yet. */
  read(): KeptKeys {
    try {
      const mode = fs.statSync(this.path).mode & 0o777
      const { data: keys = [], error } = secretKeys.safeParse(decodeText(fs.readFileSync(this.path)).trim())
      const open = `${this.path} can be read by others (mode ${mode.toString(8)}): chmod 600 ${this.path}`
      return {
        keys,
        ...(error && { mistake: this.#mistake(error.issues.map(issue => issue.message).join('; ')) }),
        ...(mode & 0o077 && { warning: open }),
      }
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? { keys: [] } : { keys: [], mistake: this.#mistake(reason(error)) }
    }
  }

  /**
   * Creates the file atomically, unless it exists. If several processes start at once, one creates it and the others
   * use it.
   * @throws ConfigError if the folder can't be written to, or the file can't be read
   */
  make(): KeptKeys {
    const draft = `${this.path}.${randomBytes(8).toString('hex')}`
    try {
      fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      const file = fs.openSync(draft, 'wx', 0o600)
      fs.writeFileSync(file, `${randomBytes(48).toString('base64url')}\n`)
      fs.fsyncSync(file)
      fs.closeSync(file)
      fs.linkSync(draft, this.path)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw new ConfigError([{ name: 'DATA_DIR', problem: reason(error), ...WRITABLE }])
    } finally {
      fs.rmSync(draft, { force: true })
    }
    const kept = this.read()
    if (kept.keys.length === 0) throw new ConfigError([kept.mistake ?? this.#mistake('the file contains no keys')])
    return kept
  }

  #mistake(problem: string): Mistake {
    return { name: this.path, problem, expected: `keys of at least ${MIN_LENGTH} characters, one per line` }
  }
}

const WRITABLE = { expected: 'a folder that this process can write to', example: 'DATA_DIR=./data' }
