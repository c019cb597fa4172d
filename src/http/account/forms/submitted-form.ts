import { type FieldProblem, fieldName, fieldProblem } from '../../kit/errors/field-problems.ts'

/** A form that a page shows again: what was typed, and what is wrong with it. */
export interface SubmittedForm {
  /** The name of its action. */
  action: string
  /** Which of several the path names; empty where there is one. */
  item: string
  typed: Record<string, string>
  /** By field. */
  problems: Record<string, FieldProblem>
}

/** @param keeps the fields that are shown as they were typed: no password. @param wrong by field, in a word */
export function submittedForm(
  { action, item = '', keeps = [] }: { action: string; item?: string; keeps?: readonly string[] | undefined },
  sent: URLSearchParams,
  wrong: Readonly<Record<string, string>> = {},
): SubmittedForm {
  const typed = keeps.filter(field => sent.has(field)).map(field => [field, sent.get(field) ?? ''])
  const problems = Object.entries(wrong).map(([field, word]) => [fieldName(field), fieldProblem(field, word, action)])
  return { action, item, typed: Object.fromEntries(typed), problems: Object.fromEntries(problems) }
}
