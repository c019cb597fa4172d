/** The exit codes of the command line, and what each means. */
const CODES = {
  ok: [0, 'success'],
  unexpected: [1, 'an unexpected error: a bug in Gatehouse; --verbose shows details'],
  usage: [2, 'invalid command line or input'],
  notFound: [3, 'not found'],
  conflict: [4, 'conflict with what exists, such as a name that is taken'],
  refused: [5, 'refused by a rule, such as removing the last superuser'],
  configuration: [6, 'invalid configuration, a missing key in SECRET_KEYS, or a port in use'],
  storage: [
    7,
    'the database, Redis, the mail server, an upstream provider or the receiver of a webhook failed, or the database schema does not match this release',
  ],
  busy: [8, 'in use or too busy: try again'],
  storageTimeout: [9, 'serve: PostgreSQL or Redis was not reachable within STARTUP_TIMEOUT'],
  findings: [10, 'audit: verification has findings, or the chain is broken'],
  unverified: [11, 'audit verify: the audit trail could not be verified'],
  interrupted: [130, 'cancelled with Ctrl-C, or not confirmed'],
} as const

export const EXIT = Object.fromEntries(Object.entries(CODES).map(([name, [code]]) => [name, code])) as {
  [Name in keyof typeof CODES]: (typeof CODES)[Name][0]
}

export const EXIT_CODES = Object.values(CODES).map(([code, meaning]) => ({ code, meaning }))
