import { z } from 'zod'
import { isSingleLine } from '../../base/text/single-line.ts'
import { PERSON_CLAIMS } from './claims-of-scopes.ts'

/** Where an application receives claims. The access token includes what introspection says of it. */
export const PLACES = ['id_token', 'access_token', 'userinfo'] as const
export type Place = (typeof PLACES)[number]

/** What a claim can be taken from. */
const SOURCES = ['sub', ...PERSON_CLAIMS]

const MOST_CLAIMS = 50
const LONGEST = 10_000

const text = z.string().max(500).refine(isSingleLine, 'must not contain control characters')
const constant = z.union([text, z.number(), z.boolean(), z.array(text).max(50)], {
  error:
    'has a value that is not possible: it must be a text, a number, true, false, or a list of texts, each of at most 500 characters without control characters, and at most 50 in a list',
})
const pattern = z
  .string()
  .regex(/^[a-z0-9._:*-]{1,63}$/, 'must be names of roles, in which * stands for any characters')

/**
 * A claim as an application wants it. It draws on a claim of the person (`from`), of which the client gets as much as it
 * would without the mapping, or is a constant (`value`). `from: null` leaves a standard claim out.
 */
const clientClaim = z.strictObject({
  /** A name, or a path such as `realm_access.roles` (claim-names.ts). */
  claim: z.string(),
  from: z
    .enum(SOURCES, {
      error: ({ input }) =>
        `${JSON.stringify(input)} is not understood: a claim is from none, from a value (a text in quotes), or from one of ${SOURCES.join(', ')}`,
    })
    .nullable()
    .optional(),
  value: constant.optional(),
  /** Of the roles, only those that match one of these patterns. */
  only: z.array(pattern).min(1).max(20).optional(),
  /** A text that is removed from the beginning of each role, and one that is put there after that. */
  strip: z
    .string()
    .regex(/^[a-z0-9._:-]{1,63}$/, 'must be the beginning of names of roles')
    .optional(),
  prefix: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'must be printable characters without spaces, quotes and backslashes')
    .optional(),
  in: z
    .array(z.enum(PLACES, { error: `must be one or more of ${PLACES.join(', ')}` }))
    .min(1)
    .max(PLACES.length)
    .optional(),
})
export type ClientClaim = z.output<typeof clientClaim>

export const clientClaims = z
  .array(clientClaim)
  .max(MOST_CLAIMS, `must be at most ${MOST_CLAIMS}`)
  .refine(claims => JSON.stringify(claims).length <= LONGEST, `must be at most ${LONGEST} characters as JSON`)

/** Where a claim applies. A claim of a person is in access tokens, which APIs read, only if the operator says so. */
export function placesOf({ from, value, in: places }: ClientClaim): readonly Place[] {
  if (places) return places
  const everywhere = value !== undefined || from === null || from === 'roles'
  return everywhere ? PLACES : ['id_token', 'userinfo']
}
