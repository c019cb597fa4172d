import type { z } from 'zod'
import { problemCode } from '../../../accounts/profile.ts'
import { InvalidInput } from '../../../base/refusals.ts'

type Issue = z.core.$ZodIssue

/** Limits what the response repeats of field names, which the client chooses. */
const MAX_FIELDS = 20
const MAX_NAME_LENGTH = 100

/**
 * Parses the input. @param whole the name to use if no single field is wrong
 * @throws InvalidInput naming every field: `required`, `unknown`, `too-long`, `invalid`
 */
export function validate<Schema extends z.ZodType>(schema: Schema, sent: unknown, whole: string): z.output<Schema> {
  const parsed = schema.safeParse(sent)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.flatMap(issue => problemsOf(issue, sent)).slice(0, MAX_FIELDS)
  const named = problems.map(({ path, word }) => [(path.join('.') || whole).slice(0, MAX_NAME_LENGTH), word] as const)
  throw new InvalidInput(Object.fromEntries(named.reverse()))
}

function problemsOf(issue: Issue, sent: unknown): { path: PropertyKey[]; word: string }[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({ path: [...issue.path, key], word: 'unknown' }))
  return [{ path: issue.path, word: wordFor(issue, sent) }]
}

function wordFor(issue: Issue, sent: unknown): string {
  const value = issue.path.reduce<unknown>((outer, key) => (outer as Record<PropertyKey, unknown> | null)?.[key], sent)
  return value === undefined ? 'required' : problemCode(issue)
}
