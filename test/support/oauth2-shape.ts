import type { IncomingHttpHeaders } from 'node:http'
import type { Endpoints } from '../../src/federation/providers/preset.ts'

export const TOKEN = 'the-access-token'

export interface ShapeRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  /** The parameters of the query and of a posted form. */
  fields: URLSearchParams
}

/** An answer: a body, sent as JSON, and a status, 200 by default. */
export interface ShapeAnswer {
  status?: number
  body: unknown
}

/** A provider of plain OAuth 2.0, answering as its public documentation says. */
export interface Shape {
  /** What Gatehouse reads from its answers. */
  person: { email: string; name: string; emailVerified: boolean }
  /** It issues no client secret. */
  publicClient?: boolean
  paths: Record<keyof Endpoints, string>
  /** Parameters of the authorization response in addition to code and state. */
  beside?: Record<string, string>
  /** The name of the PKCE method, where it differs from RFC 7636. */
  challengeMethod?: string
  token(request: ShapeRequest, client: { id: string; secret: string }): ShapeAnswer
  userinfo(request: ShapeRequest, client: { id: string }): ShapeAnswer
  emails?(request: ShapeRequest): ShapeAnswer
}
