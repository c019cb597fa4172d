import { z } from 'zod'
import { isSingleLine } from '../base/text/single-line.ts'
import { isWebUrl } from '../clients/uris.ts'
import { kindProblem } from './kinds.ts'

const url = z
  .string()
  .max(2000)
  .superRefine((text, check) => {
    const parsed = URL.parse(text)
    if (!parsed || !isWebUrl(text) || /[\s\\\p{Cc}]/u.test(text))
      check.addIssue('must be an https: URL (http: only on localhost)')
    else if (text.includes('#')) check.addIssue('must have no fragment')
    // Listings show the URL.
    else if (parsed.username || parsed.password) check.addIssue('must not contain a user name or password')
  })

const kind = z.string().superRefine((name, check) => {
  const problem = kindProblem(name)
  if (problem) check.addIssue(problem)
})

/** What an operator sets about a webhook. */
export const webhookSettings = z.strictObject({
  url,
  kinds: z
    .array(kind)
    .min(1, 'at least one is required')
    .max(200)
    .transform(names => [...new Set(names)].sort()),
  description: z.string().trim().max(300).refine(isSingleLine, 'must be a single line').default(''),
  enabled: z.boolean().default(true),
})

/** How long the secret before a rotation signs too. */
export const overlapSeconds = z
  .int()
  .min(0)
  .max(30 * 86_400, 'must be at most 30d')

export type WebhookSettings = z.input<typeof webhookSettings>
