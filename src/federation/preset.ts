import type { Mapping } from './mapping.ts'

export const KINDS = [
  'google',
  'yandex',
  'vk',
  'github',
  'microsoft',
  'apple',
  'gitlab',
  'discord',
  'oidc',
  'oauth2',
] as const

export type Kind = (typeof KINDS)[number]

/** Of a provider without discovery (RFC 8414): absolute addresses. */
export interface Endpoints {
  authorization: string
  token: string
  /** Where it says who somebody is. */
  userinfo: string
  /** Where it lists their addresses, where that is a place of its own. */
  emails?: string
}

/** What is known beforehand of a provider: where it is, what to ask it for, how it names things, and what it does its own way. */
export interface Preset {
  kind: Kind
  title: string
  /** `oidc`: an ID token says who somebody is; `oauth2`: its own API does. */
  protocol: 'oidc' | 'oauth2'
  /** Null where the operator says it. `{name}` stands for a setting of that name. */
  issuer: string | null
  /** Null where discovery tells them, or the operator does. */
  endpoints: Endpoints | null
  scopes: readonly string[]
  mapping: Mapping
  /** How it is shown the client secret; `signed`: the secret is a JWT that is signed anew each time (Apple). */
  authentication: 'client_secret_basic' | 'client_secret_post' | 'signed'
  /** How it brings the browser back where that is not by a query. */
  responseMode: 'form_post' | null
  /** What is said beside at its authorization endpoint. */
  parameters: Readonly<Record<string, string>>
  /** Where the secret may be missing: public clients. */
  secretOptional: boolean
  /** Settings that it takes, by their names on the command line (`team-id`), and what they are. */
  settings: Readonly<Record<string, { about: string; fallback?: string }>>
  /** Where its applications are registered. */
  console: string | null
  /**
   * What to do there, step by step, in its own words. `{redirectUri}` stands for ours, `{origin}` and `{host}` for those of the
   * issuer.
   */
  steps: readonly string[]
}
