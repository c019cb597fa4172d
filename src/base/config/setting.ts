import type { z } from 'zod'
import type { Secrecy } from './validation/config-error.ts'

/** A setting. Parsing, `config explain`, the documentation and `.env.example` all come from its row. */
export interface Setting {
  name: string
  group: string
  schema: z.ZodType<unknown, string>
  /** Text, as if the variable had been set to it. */
  default?: string
  /** The default in words, if it is not a fixed text. */
  otherwise?: string
  secret?: Secrecy
  /** Whether `<name>_FILE` can name a file that contains the value. */
  file?: true
  expected: string
  example: string
  does: string
}

export const DURATION = 'seconds, or a number with s, m, h or d'
