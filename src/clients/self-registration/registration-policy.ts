/**
 * Who registered a client: an operator, or a program with a registration token, a software statement, or nothing; or no
 * one, since it describes itself in a document (metadata-documents).
 */
export const REGISTERED_BY = ['operator', 'token', 'software-statement', 'open', 'metadata-document'] as const
export type RegisteredBy = (typeof REGISTERED_BY)[number]

/** What a program may register. */
export interface RegistrationPolicy {
  scopes: string[]
  grantTypes: string[]
  responseTypes: string[]
  /** The hosts that people may be sent to, compared exactly, or schemes of applications, such as `org.example.app:`; null for any. */
  redirectHosts: string[] | null
  /** Whether an operator has named the scopes, so that they may belong to APIs that are not open to such programs. */
  namedScopes?: true
  /** What its software statement says about it, which it cannot change. */
  stated?: StatedMetadata
}

/** The metadata of a software statement, and its text, which answers repeat. */
export interface StatedMetadata {
  text: string
  metadata: Record<string, unknown>
}
