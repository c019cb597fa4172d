/** Codes of Node and undici for a request that did not get an answer. */
const CODES: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed before the answer was complete',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host is not reachable',
  ENETUNREACH: 'the host is not reachable',
}

/** Why a request failed, in words for an operator. @param limits those of the request */
export function inWords(error: unknown, { timeout, maxBytes }: { timeout: number; maxBytes: number }): string {
  for (const cause of causes(error)) {
    const code = codeOf(cause)
    if (isTimeout(cause)) return `no answer within ${timeout / 1000} seconds`
    if (/unexpected redirect/.test(cause.message)) return 'the receiver answered with a redirect, which is not followed'
    if (/larger than|EXCEEDED_MAX/.test(`${cause.message} ${code}`))
      return `the answer is larger than ${maxBytes} bytes`
    if (CODES[code]) return CODES[code]
    if (/CERT|SSL|TLS|SIGNATURE/.test(code)) return `its TLS certificate was not accepted: ${cause.message}`
  }
  return causes(error).at(-1)?.message ?? 'the request failed'
}

/** Whether the time was up, of the whole request or of a part of it. */
export function isTimeout(error: unknown): boolean {
  return causes(error).some(cause => cause.name === 'TimeoutError' || /TIMEOUT/.test(codeOf(cause)))
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** The error and what caused it, outermost first. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : []
}
