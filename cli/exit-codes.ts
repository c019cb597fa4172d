/** What a run of the command line says to the program that started it. */
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
  ['ok', 'done'],
  ['unexpected', 'something unexpected: a mistake in Gatehouse; --verbose shows where'],
  ['usage', 'the command line or what was given is wrong'],
  ['notFound', 'there is no such thing'],
  ['conflict', 'it exists already, or stands in the way'],
  ['refused', 'a rule forbids it, such as taking away the last superuser'],
  ['configuration', 'the configuration is wrong, SECRET_KEYS lacks a key, or a port is taken'],
  [
    'storage',
    'the database, Redis, the mail server or an upstream provider does not answer as it should, or the schema of the database does not fit this release',
  ],
  ['busy', 'in use or too busy just now: try again'],
  ['storageTimeout', 'serve: PostgreSQL or Redis did not answer within STARTUP_TIMEOUT'],
  ['interrupted', 'stopped by Ctrl-C'],
]

export const EXIT_CODES = MEANINGS.map(([name, meaning]) => ({ code: EXIT[name], meaning }))
