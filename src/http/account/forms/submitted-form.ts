import { type FieldProblem, fieldName, fieldProblem } from '../../kit/errors/field-problems.ts'

/** A form that is shown again, with what was typed and what is wrong. */
export interface SubmittedForm {
  action: string
  /** The parameter of its path; empty if there is none. */
  item: string
  typed: Record<string, string>
  /** By field. */
  problems: Record<string, FieldProblem>
}

/** @param keeps the fields that are shown again @param wrong a code for each field */
export function submittedForm(
  { action, item = '', keeps = [] }: { action: string; item?: string; keeps?: readonly string[] | undefined },
  sent: URLSearchParams,
  wrong: Readonly<Record<string, string>> = {},
): SubmittedForm {
  const typed = keeps.filter(field => sent.has(field)).map(field => [field, sent.get(field) ?? ''])
  const problems = Object.entries(wrong).map(([field, word]) => [fieldName(field), fieldProblem(field, word, action)])
  return { action, item, typed: Object.fromEntries(typed), problems: Object.fromEntries(problems) }
}
