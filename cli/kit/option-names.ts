import type { Command } from 'commander'
import { InvalidInput } from '../../src/base/refusals.ts'

/** Options that have another name than the field they set. */
const CALLED: Readonly<Record<string, readonly string[]>> = {
  tokenEndpointAuthMethod: ['auth-method'],
  pkceRequired: ['pkce'],
  jwks: ['jwks-file'],
  secret: ['client-secret-file'],
  endpoints: ['authorization-endpoint', 'token-endpoint', 'userinfo-endpoint'],
  'endpoints.authorization': ['authorization-endpoint'],
  'endpoints.token': ['token-endpoint'],
  'endpoints.userinfo': ['userinfo-endpoint'],
  'endpoints.emails': ['emails-endpoint'],
  mapping: ['map'],
  'mapping.emailVerified': ['email-verified'],
  'policy.roleMapping': ['role-map'],
  'policy.trustedAmr': ['trust-amr'],
  'policy.trustedAcr': ['trust-acr'],
}

/** The same refusal in terms of the command line: `--redirect-uri is required`, not `redirectUris: is required`. */
export function inOptions(error: InvalidInput, command: Command): InvalidInput {
  const composed = new InvalidInput(error.fields).message === error.message
  const named = Object.entries(error.fields).map(([field, problem]) => [optionFor(field, command), problem] as const)
  const sentences = named.map(([name, problem]) => `${name}${PREDICATE.test(problem) ? '' : ':'} ${problem}`)
  return new InvalidInput(Object.fromEntries(named), composed ? sentences.join('; ') : error.message)
}

/** What makes a sentence with the name of an option in front of it. */
const PREDICATE = /^(is|are|must|has|can|cannot|does) /

/** `policy.domains.0` is set by `--domain`. A field without an option keeps its name. */
function optionFor(field: string, command: Command): string {
  const segments = field.split('.')
  const paths = segments.map((_, index) => segments.slice(0, segments.length - index))
  const called = paths.map(path => CALLED[path.join('.')]).find(names => names !== undefined)
  if (called && has(command, called)) return listed(called.map(name => `--${name}`))
  for (const path of paths) {
    const own = kebab(path.at(-1) ?? '')
    for (const name of [own, own.replace(/s$/, '')]) if (has(command, [name])) return `--${name}`
    if (command.registeredArguments.some(argument => argument.name() === own)) return `<${own}>`
  }
  return field
}

function has(command: Command, names: readonly string[]): boolean {
  return names.every(name => command.options.some(({ long }) => long === `--${name}`))
}

const kebab = (name: string) => name.replace(/[A-Z]/g, upper => `-${upper.toLowerCase()}`)

function listed(names: string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names.join('')
}
