import { isDocumentAddress } from './metadata-documents/document-address.ts'
import { literal } from './presets/literals.ts'

type Command = 'show' | 'update' | 'rotate-secret' | 'secrets list' | 'secrets remove'

/**
 * A command about a client, such as `gatehouse clients show ID`, for a log or a page. A shell takes each word literally,
 * since a stranger may have sent it.
 */
export function clientCommand(command: Command, id: string, ...options: string[]): string {
  return `gatehouse clients ${command} ${[id, ...options].map(word => literal('sh', word)).join(' ')}`
}

/** What changes how a client is registered: a command, or, for one that describes itself, its publisher. */
export function registrationChange(id: string, ...options: string[]): string {
  return isDocumentAddress(id) ? 'change its client ID metadata document' : clientCommand('update', id, ...options)
}
