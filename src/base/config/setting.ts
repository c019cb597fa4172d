import type { z } from 'zod'
import type { Secrecy } from './mistake.ts'

/** One variable. Its row here is all there is to know of it: parsing, explanation and `.env.example` come from it. */
export interface Setting {
  name: string
  group: string
  schema: z.ZodType<unknown, string>
  /** As text, as if it had been given. */
  default?: string
  /** In words, where what applies otherwise is not one fixed text. */
  otherwise?: string
  secret?: Secrecy
  /** Whether `<name>_FILE` may name a file that holds the value. */
  file?: true
  expected: string
  example: string
  does: string
}

export const DURATION = 'seconds, or a number with s, m, h or d'
