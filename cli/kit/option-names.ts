import type { Command } from 'commander'
import { InvalidInput } from '../../src/base/refusals.ts'

/** Options whose name differs from the field that they set. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  tokenEndpointAuthMethod: ['auth-method'],
  jwks: ['jwks-file'],
  secret: ['client-secret-file'],
  keepOldUntil: ['keep-old'],
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
  const named = Object.entries(error.fields).map(([field, problem]) => [optionFor(field, command), problem] as const)
  const composed = new InvalidInput(error.fields).message === error.message
  const message = composed ? named.map(part => sentence(...part)).join('; ') : renamed(error.message, command)
  return new InvalidInput(Object.fromEntries(named), message)
}

/** A message that is worded differently from its fields: `email: another account has …` becomes `<email>: another …`. */
function renamed(message: string, command: Command): string {
  const [, field, problem = ''] = /^(\w+): (.*)$/s.exec(message) ?? []
  return field === undefined ? message : sentence(optionFor(field, command), problem)
}

function sentence(name: string, problem: string): string {
  return `${name}${PREDICATE.test(problem) ? '' : ':'} ${problem}`
}

/** Matches a problem that forms a sentence with the name of an option in front of it. */
const PREDICATE = /^(is|are|must|has|can|cannot|does) /

/** `policy.domains.0` is set by `--domain`. A field without an option keeps its name, as does a password, which has three. */
function optionFor(field: string, command: Command): string {
  if (field === 'password') return field
  const segments = field.split('.')
  const paths = segments.map((_, index) => segments.slice(0, segments.length - index))
  const called = paths.map(path => OPTIONS[path.join('.')]).find(names => names !== undefined)
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
