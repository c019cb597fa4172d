import type { App } from '../../app.ts'
import { network } from '../../base/network/ip-ranges.ts'
import { TooManyAttempts } from '../../base/refusals.ts'
import type { Client } from '../../clients/client.ts'
import { UnusableDocument } from '../../clients/metadata-documents/read-document.ts'
import { currentRoute, currentVisitor } from '../provider/current-request.ts'
import { errors } from '../provider/library.ts'

/** The requests that send a person here to sign in. Any other is from an application whose document was read before. */
const READS_DOCUMENTS = new Set(['authorization', 'pushed_authorization_request', 'resume'])

/**
 * The client whose ID is the address of its document.
 * @throws InvalidClient if the document cannot be used; TemporarilyUnavailable if too many had to be read for this visitor
 */
export async function describedClient(
  id: string,
  { metadataDocuments, scope }: Pick<App, 'metadataDocuments' | 'scope'>,
): Promise<Client | null> {
  const reads = READS_DOCUMENTS.has(currentRoute() ?? '')
  try {
    return await scope(() => metadataDocuments.find(id, { network: reads ? network(currentVisitor().ip) : null }))
  } catch (error) {
    if (error instanceof UnusableDocument) throw new errors.InvalidClient(error.message)
    if (!(error instanceof TooManyAttempts)) throw error
    const later = new errors.TemporarilyUnavailable('too many client ID metadata documents had to be read')
    throw Object.assign(later, { status: 429, statusCode: 429 })
  }
}
