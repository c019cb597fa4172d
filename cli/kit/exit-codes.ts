/** What a run of the command line returns to the program that started it. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  refused: 5,
  configuration: 6,
  storage: 7,
  busy: 8,
  storageTimeout: 9,
  interrupted: 130,
} as const

const MEANINGS: [keyof typeof EXIT, string][] = [
  ['ok', 'success'],
  ['unexpected', 'an unexpected error: a bug in Gatehouse; --verbose shows details'],
  ['usage', 'invalid command line or input'],
  ['notFound', 'not found'],
  ['conflict', 'conflict: it already exists, or something else is in the way'],
  ['refused', 'refused by a rule, such as removing the last superuser'],
  ['configuration', 'invalid configuration, a missing key in SECRET_KEYS, or a port in use'],
  [
    'storage',
    'the database, Redis, the mail server or an upstream provider failed, or the database schema does not match this release',
  ],
  ['busy', 'in use or too busy: try again'],
  ['storageTimeout', 'serve: PostgreSQL or Redis was not reachable within STARTUP_TIMEOUT'],
  ['interrupted', 'cancelled with Ctrl-C, or not confirmed'],
]

export const EXIT_CODES = MEANINGS.map(([name, meaning]) => ({ code: EXIT[name], meaning }))
