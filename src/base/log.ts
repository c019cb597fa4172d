import { type Logger, pino } from 'pino'

export type { Logger }

/** The token of a one-time link (`newSecret` in base/secrets.ts) as part of a path. */
const LINK_TOKEN = /(?<=\/)[\w-]{43}(?![\w-])/g

const SECRETS = ['password', 'client_secret', 'code', 'refresh_token', 'access_token', 'authorization', 'cookie']

/**
 * Writes one JSON line per event, to standard output (1) or standard error (2). Secrets are removed by name, even if a
 * whole request is logged, and by shape: the token in a link is masked wherever the link appears.
 */
export function createLog(level: string, output: 1 | 2 = 1): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: described },
    hooks: { streamWrite: (line: string) => line.replace(LINK_TOKEN, '***') },
    redact: {
      paths: SECRETS.map(name => `*.${name}`),
      censor: '[redacted]',
    },
  }
  return pino(options, pino.destination(output))
}

/** Selected properties of an error: drivers attach the whole statement to theirs, including password digests. */
function described(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const reason = 'code' in error ? { reason: error.code } : {}
  return { type: name, message, ...reason, stack, ...(cause === undefined ? {} : { cause: described(cause) }) }
}
