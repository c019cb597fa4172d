import type { z } from 'zod'
import type { Secrecy } from './validation/config-error.ts'

/** A row in `settings/`. */
export interface Row {
  name: string
  schema: z.ZodType<unknown, string>
  /** Text, as if the variable had been set to it. */
  default?: string
  /** The default in words, if it is not a fixed text. */
  otherwise?: string
  secret?: Secrecy
  /** Whether `<name>_FILE` can name a file that contains the value. */
  file?: true
  /** If omitted, the description of the schema. */
  expected?: string
  example: string
  does: string
}

/** A setting. Parsing, `config explain`, the documentation and `.env.example` all come from its row. */
export interface Setting extends Row {
  group: string
  expected: string
}
