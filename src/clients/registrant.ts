import type { Client } from './client.ts'

/** Who registered a client, and within which bounds it may change its own registration. */
export type Registrant = Pick<
  Client,
  'registeredBy' | 'registeredWith' | 'registrationPolicy' | 'registrationAccessDigest'
>

export const BY_OPERATOR: Registrant = {
  registeredBy: 'operator',
  registeredWith: null,
  registrationPolicy: null,
  registrationAccessDigest: null,
}
