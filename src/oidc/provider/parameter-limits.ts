import type { KoaContextWithOIDC } from 'oidc-provider'
import { errors } from './library.ts'

/** Bytes; well above the `state` of client libraries that keep the return URL in it. */
const MAX_PARAMETER_LENGTH = 4 * 1024
const MAX_REQUEST_LENGTH = 8 * 1024

/** Parameters without a limit of their own: an ID token with many claims may be longer than the others. */
const EXEMPT: ReadonlySet<string> = new Set(['id_token_hint'])

/**
 * Limits the length of the parameters of authorization requests,
 * pushed ones too, because they are stored until the person has signed in.
 * @throws InvalidRequest that names the parameter
 */
export function checkLengths({ oidc }: KoaContextWithOIDC): void {
  const problem = tooLong(Object.entries(oidc.params ?? {}).flatMap(([name, value]) => each(name, value)))
  if (problem) throw new errors.InvalidRequest(problem)
}

/** @returns a message for the developer of the application that says what is too long; null if nothing is */
export function tooLong(parameters: Iterable<readonly [string, string]>): string | null {
  let total = 0
  let longest = { name: '', length: 0 }
  for (const [name, value] of parameters) {
    const length = Buffer.byteLength(value)
    total += length
    if (length > longest.length) longest = { name, length }
    if (length > MAX_PARAMETER_LENGTH && !EXEMPT.has(name))
      return `${name} is longer than ${MAX_PARAMETER_LENGTH} bytes`
  }
  return total > MAX_REQUEST_LENGTH
    ? `the parameters are longer than ${MAX_REQUEST_LENGTH} bytes together; the longest is ${longest.name}`
    : null
}

/** A parameter may be repeated (`resource`). */
function each(name: string, value: unknown): [string, string][] {
  return [value].flat().flatMap(one => (one === undefined ? [] : [[name, String(one)] as [string, string]]))
}
