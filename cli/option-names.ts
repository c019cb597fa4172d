import type { Command } from 'commander'
import { InvalidInput } from '../src/base/refusals.ts'

/** Options that have another name than the field they say. */
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

/** The same refusal in the words of the command line: `--redirect-uri: …`, not `redirectUris: …`. */
export function inOptions(error: InvalidInput, command: Command): InvalidInput {
  const composed = new InvalidInput(error.fields).message === error.message
  const fields = Object.entries(error.fields).map(([field, problem]) => [optionFor(field, command), problem])
  return new InvalidInput(Object.fromEntries(fields), composed ? undefined : error.message)
}

/** `policy.domains.0` is said by `--domain`. A field that nothing says keeps its name. */
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

const kebab = (name: string) => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

function listed(names: string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names.join('')
}
