import type { Profile } from '../client.ts'
import type { ClientRegistration } from '../registration.ts'
import type { Address } from './address.ts'
import type { Language } from './literals.ts'
import type { Literals, PlainValues } from './values.ts'

/** The groups of programs, in the order in which they are listed. Each is a folder of presets. */
export const KINDS = {
  proxies: 'Proxies and web servers',
  infrastructure: 'Infrastructure',
  development: 'Development',
  analysis: 'Monitoring, data, models',
  documents: 'Documents and files',
  communication: 'Communication',
  publishing: 'Websites and news',
  frameworks: 'Server frameworks',
  javascript: 'JavaScript libraries',
  identity: 'Identity tools',
} as const

type Kind = keyof typeof KINDS

/**
 * How a program binds the code to its own request. `default`: it sends PKCE; an option: it sends PKCE because of this
 * option of the printed configuration; `nonce`: it sends a nonce; `none`: it sends neither, so its client is registered
 * with `pkce: 'off'`.
 */
type CodeProtection = 'default' | { option: string } | 'nonce' | 'none'

/** A piece of a program's configuration. */
interface ConfigurationBlock {
  /** The file, screen or command that it belongs to. */
  where: string
  language: Language
  /**
   * `value` holds literals of the block's language, with quotes where it needs them. `plain` holds values without
   * quotes, to be part of a longer text; only values that need no escaping in any language are among them.
   */
  text: (value: Literals, plain: PlainValues) => string
}

interface Trouble {
  symptom: string
  cause: string
  remedy: string
}

/** What is known in advance about a program that signs people in. An operator adds its URL. */
export interface ClientPreset {
  /** The word on the command line, and the name of its file and of its page in `docs/clients`. */
  name: string
  title: string
  kind: Kind
  /** Other words for it. They are only suggested, never accepted. */
  aliases: readonly string[]
  /** The page of its own documentation about signing in with OpenID Connect. */
  documentation: string
  profile: Profile
  /** What its URL means, with an example; null for a program that runs on the person's own machine. */
  url: { about: string; example: string } | null
  /**
   * What is registered beyond the defaults of the profile. A program that identifies people by email, or needs a verified
   * one, has `verifiedEmailRequired`. The address of a program without one is never used.
   */
  registration: (address: Address) => Partial<ClientRegistration>
  configuration: readonly ConfigurationBlock[]
  /** How roles arrive in the program, and what it does with them. */
  roles: string
  /** What signing out of the program does, and whether it is notified of sign-outs elsewhere. */
  signOut: string
  pkce: CodeProtection
  /** Its own troubles, the most likely first. */
  troubles: readonly Trouble[]
  /** The version that was connected to Gatehouse, and how; null if the preset was written from its documentation. */
  tested: { version: string; how: string } | null
}

/** For programs that send PKCE only in recent versions. */
export const OLDER_VERSION: Trouble = {
  symptom: '“the request needs PKCE (code_challenge, S256) or a nonce”',
  cause: 'the version of the program is older and sends neither',
  remedy: 'Update it; until then, `gatehouse clients update ID --pkce off`.',
}

/** For programs that name people by their username. */
export const NO_USERNAME: Trouble = {
  symptom: 'some people can’t sign in, or get an odd name',
  cause: 'they have no username here, so the claim `preferred_username` is missing',
  remedy: 'Set one: `gatehouse accounts update EMAIL --username NAME`.',
}
