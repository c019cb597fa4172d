import type { SecretUse } from './client-secrets/secret-use.ts'
import type { Clients } from './clients.ts'
import type { MetadataDocuments } from './metadata-documents/metadata-documents.ts'
import type { Resources } from './resources.ts'
import type { ClientUse } from './self-registration/client-use.ts'
import type { RegistrationTokens } from './self-registration/registration-tokens.ts'
import type { SelfRegistration } from './self-registration/self-registration.ts'
import type { SoftwareStatements } from './self-registration/software-statements.ts'

/**
 * Applications that sign people in (clients), which operators register or which register themselves, and the APIs that
 * tokens are for (resources).
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    clients: Clients
    clientUse: ClientUse
    metadataDocuments: MetadataDocuments
    registrationTokens: RegistrationTokens
    resources: Resources
    secretUse: SecretUse
    selfRegistration: SelfRegistration
    softwareStatements: SoftwareStatements
  }
}
