/** Where PostgreSQL is and how to connect to it, parsed from a URL as libpq does. Contains the password. */
export interface DatabaseAddress {
  /** A host name, an IP address, or the folder of a Unix socket. */
  host: string
  port: number
  user: string | undefined
  password: string | undefined
  database: string
  tls: DatabaseTls
  applicationName: string
  /** Session settings: `-c search_path=gatehouse`. */
  options: string | undefined
  /** Seconds; if undefined, DATABASE_CONNECT_TIMEOUT applies. */
  connectTimeout: number | undefined
  keepAlive: boolean
  /** Seconds. */
  keepAliveIdle: number
}

export interface DatabaseTls {
  mode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** File paths. If `rootCert` is undefined, Node's certificate authorities apply. */
  rootCert: string | undefined
  cert: string | undefined
  key: string | undefined
  keyPassword: string | undefined
  minVersion: (typeof VERSIONS)[number] | undefined
  maxVersion: (typeof VERSIONS)[number] | undefined
  direct: boolean
}

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const
const MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

const ADDRESS = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^@/?#]*))?(?:\?([^#]*))?$/
const EXPECTED = 'postgresql://user:password@host:port/database'

/**
 * Parameters of libpq, each with the values that have no effect; other values are refused. With an empty list, any
 * value is accepted and ignored.
 */
const WITHOUT_EFFECT: Record<string, readonly string[]> = {
  client_encoding: ['auto', 'UTF8', 'utf8', 'UTF-8', 'utf-8'],
  target_session_attrs: ['any'],
  load_balance_hosts: ['disable'],
  channel_binding: ['disable', 'prefer'],
  gssencmode: ['disable', 'prefer'],
  sslcompression: ['0'],
  sslsni: ['1'],
  sslcertmode: ['allow'],
  replication: ['false', 'off', 'no', '0'],
  fallback_application_name: [],
}

const SUPPORTED = new Set(
  (
    'host port user password dbname options application_name connect_timeout keepalives keepalives_idle ssl sslmode ' +
    'sslrootcert sslcert sslkey sslpassword sslnegotiation ssl_min_protocol_version ssl_max_protocol_version'
  ).split(' '),
)

/**
 * Parses a PostgreSQL URL as psql does (libpq, Connection URIs). Unsupported parameters are refused by name, so that no
 * part of a URL is silently ignored.
 * @throws Error whose message contains nothing of the URL except parameter names
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const [, credentials, hostPort = '', path = '', query] = ADDRESS.exec(url) ?? refused(`expected ${EXPECTED}`)
  const given = parameters(query ?? '')
  if (hostPort.includes(',') || given.get('host')?.includes(',')) refused('lists several hosts; name only one')
  const [, bracketed, plain = '', ownPort] =
    /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(hostPort) ?? refused('the host or port is malformed')
  const [, user = '', secret] = /^([^:]*)(?::(.*))?$/.exec(credentials ?? '') ?? []
  const database = given.get('dbname') ?? decoded(path)
  if (!database) refused('the database name after the host is missing')
  return {
    host: given.get('host') || decoded(bracketed ?? plain) || 'localhost',
    port: portOf(given.get('port') || ownPort || '5432'),
    user: given.get('user') || decoded(user) || undefined,
    password: given.get('password') || decoded(secret ?? '') || undefined,
    database,
    tls: tlsOf(given),
    applicationName: given.get('application_name') || 'gatehouse',
    options: given.get('options') || undefined,
    connectTimeout: connectTimeout(given.get('connect_timeout')),
    keepAlive: oneOf(given, 'keepalives', ['0', '1']) !== '0',
    keepAliveIdle: seconds(given, 'keepalives_idle', 10),
  }
}

function parameters(query: string): Map<string, string> {
  const given = new Map<string, string>()
  for (const part of query.split('&').filter(Boolean)) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(part) ?? refused('a parameter has no value')
    if (given.has(name)) refused(`${named(name)} appears twice`)
    const harmless = WITHOUT_EFFECT[name]
    if (harmless && harmless.length > 0 && !harmless.includes(decoded(value)))
      refused(`${named(name)} must be ${harmless[0]}`)
    if (!harmless && !SUPPORTED.has(name)) refused(`${named(name)} is not supported`)
    given.set(name, decoded(value))
  }
  return given
}

/** Shows only possible parameter names: anything else might be the end of a password. */
function named(name: string): string {
  return /^[a-z][a-z_]{1,40}$/.test(name) ? name : 'a parameter'
}

function tlsOf(given: Map<string, string>): DatabaseTls {
  const [cert, key] = [given.get('sslcert') || undefined, given.get('sslkey') || undefined]
  if ((cert === undefined) !== (key === undefined)) refused('sslcert and sslkey must be given together')
  const root = given.get('sslrootcert') || undefined
  const ssl = oneOf(given, 'ssl', ['true'])
  if (given.get('sslmode') === 'allow') refused('sslmode=allow is not supported; use prefer or require')
  const mode =
    oneOf(given, 'sslmode', MODES) ??
    (ssl || root === 'system' ? undefined : 'prefer') ??
    (root === 'system' ? 'verify-full' : 'require')
  if (root === 'system' && mode !== 'verify-full') refused('sslrootcert=system requires sslmode=verify-full')
  if (mode === 'verify-ca' && root === undefined) refused('sslmode=verify-ca requires sslrootcert')
  const direct = oneOf(given, 'sslnegotiation', ['postgres', 'direct']) === 'direct'
  if (direct && (mode === 'disable' || mode === 'prefer'))
    refused('sslnegotiation=direct requires sslmode=require or stricter')
  return {
    // As in libpq, a root certificate turns on verification.
    mode: mode === 'require' && root !== undefined ? 'verify-ca' : mode,
    rootCert: root === 'system' ? undefined : root,
    cert,
    key,
    keyPassword: given.get('sslpassword') || undefined,
    minVersion: oneOf(given, 'ssl_min_protocol_version', VERSIONS),
    maxVersion: oneOf(given, 'ssl_max_protocol_version', VERSIONS),
    direct,
  }
}

function connectTimeout(text: string | undefined): number | undefined {
  if (!text) return undefined
  if (!/^[1-9]\d{0,3}$/.test(text)) refused('connect_timeout must be a number of seconds, at least 1')
  return Number(text)
}

function seconds(given: Map<string, string>, name: string, otherwise: number): number {
  const text = given.get(name)
  if (!text) return otherwise
  return /^\d{1,6}$/.test(text) ? Number(text) || otherwise : refused(`${name} must be a number of seconds`)
}

function oneOf<const T extends string>(given: Map<string, string>, name: string, values: readonly T[]): T | undefined {
  const text = given.get(name)
  if (!text) return undefined
  return values.find(value => value === text) ?? refused(`${name} must be one of ${values.join(', ')}`)
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : refused('the port is invalid; it must be between 1 and 65535')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refused('the percent-encoding is incomplete (write % as %25)')
  }
}

function refused(problem: string): never {
  throw new Error(problem)
}
