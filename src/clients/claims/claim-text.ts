import { InvalidInput } from '../../base/refusals.ts'
import { type ClientClaim, PLACES, type Place } from './client-claim.ts'

const EXAMPLES = `such as "groups=roles only=wiki-* in=id_token,userinfo", 'tenant="acme"' or "picture=none"`

/** A name, what it is from, and what is done with it. */
const FORM = /^([^=\s]+)=("(?:[^"\\]|\\.)*"|\[.*\]|[^\s"[\]]+)((?: +(?:only|strip|prefix|in)=\S+)*)$/s

/** Values as JSON; any other word is the name of a claim, or `none`. */
const CONSTANT = /^(["[]|-?\d|(true|false)$)/

/** A claim as operators write it: `groups=roles only=wiki-* strip=wiki- in=id_token`, `tenant="acme"`, `picture=none`. */
export function claimText({ claim, from, value, only, strip, prefix, in: places }: ClientClaim): string {
  const source = value === undefined ? (from ?? 'none') : JSON.stringify(value)
  const parts = { only: only?.join(','), strip, prefix, in: places?.join(',') }
  const given = Object.entries(parts).filter(([, part]) => part !== undefined)
  return [`${claim}=${source}`, ...given.map(([name, part]) => `${name}=${part}`)].join(' ')
}

/** The reverse. What a claim may be is checked with the registration. @throws InvalidInput */
export function claimIn(text: string): ClientClaim {
  const [, claim, source, rest] = FORM.exec(text.trim()) ?? []
  if (claim === undefined || source === undefined || rest === undefined) throw notUnderstood(text)
  const parts = rest
    .split(' ')
    .filter(Boolean)
    .map(part => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)] as const)
  const { only, in: places, ...others } = Object.fromEntries(parts)
  if (new Set(parts.map(([name]) => name)).size < parts.length) throw notUnderstood(text)
  return {
    claim,
    ...(CONSTANT.test(source) ? { value: constantIn(source, text) } : { from: source === 'none' ? null : source }),
    ...(only === undefined ? {} : { only: only.split(',') }),
    ...others,
    ...(places === undefined ? {} : { in: placesIn(places, text) }),
  }
}

function constantIn(source: string, text: string): ClientClaim['value'] {
  try {
    return JSON.parse(source) as ClientClaim['value']
  } catch {
    throw notUnderstood(text)
  }
}

function placesIn(places: string, text: string): Place[] {
  return places.split(',').map(name => {
    const place = PLACES.find(each => each === name)
    if (!place)
      throw new InvalidInput({ claims: `${JSON.stringify(text)}: in= must be one or more of ${PLACES.join(', ')}` })
    return place
  })
}

function notUnderstood(text: string): InvalidInput {
  return new InvalidInput({ claims: `${JSON.stringify(text)} is not understood; expected NAME=SOURCE, ${EXAMPLES}` })
}
