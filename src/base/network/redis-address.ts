/** Where Redis is, parsed from a URL. Contains the password; use `describeRedis(address)` for printing. */
export interface RedisAddress {
  mode: 'single' | 'sentinel' | 'cluster'
  tls: boolean
  username: string | undefined
  password: string | undefined
  nodes: { host: string; port: number }[]
  /** Sentinel: the name of the master. */
  master: string | undefined
  db: number
}

const FORMS =
  'redis://[user:password@]host[:port][/db], redis+sentinel://[user:password@]host:port,…/master[/db] or ' +
  'redis+cluster://[user:password@]host:port,… (rediss… for TLS)'

const ADDRESS = /^(redis|rediss)(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/

/** @throws Error whose message says what is expected, without the URL, which may contain a password */
export function parseRedisUrl(url: string): RedisAddress {
  const [, scheme, suffix, credentials, hosts = '', path = ''] = ADDRESS.exec(url) ?? expected(FORMS)
  const mode = suffix === '+sentinel' ? 'sentinel' : suffix === '+cluster' ? 'cluster' : 'single'
  const parts = path === '' ? [] : path.split('/').map(decode)
  const master = mode === 'sentinel' ? parts.shift() || expected('a master name after the Sentinels') : undefined
  const nodes = hosts.split(',').map(host => node(host, mode === 'sentinel' ? 26379 : 6379))
  if (mode === 'single' && nodes.length > 1) expected(`one host, or redis+cluster:// for several: ${FORMS}`)
  if (parts.length > 1 || (mode === 'cluster' && parts.length > 0)) expected(FORMS)
  return { mode, tls: scheme === 'rediss', ...user(credentials), nodes, master, db: database(parts[0] ?? '0') }
}

export function redisMode(url: string | undefined): RedisAddress['mode'] | null {
  return url === undefined ? null : parseRedisUrl(url).mode
}

/** The address without credentials, for printing. */
export function describeRedis({ mode, tls, nodes, master, db }: RedisAddress): string {
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')
  const path = mode === 'sentinel' ? `/${master}/${db}` : mode === 'single' ? `/${db}` : ''
  return `${tls ? 'rediss' : 'redis'}${mode === 'single' ? '' : `+${mode}`}://${hosts}${path}`
}

function node(text: string, standardPort: number) {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? expected(FORMS)
  const number = port === undefined ? standardPort : Number(port)
  if (number < 1 || number > 65_535) expected('ports between 1 and 65535')
  return { host: bracketed ?? plain ?? '', port: number }
}

function user(credentials = '') {
  const [name = '', ...rest] = credentials.split(':')
  return { username: decode(name) || undefined, password: decode(rest.join(':')) || undefined }
}

function database(text: string): number {
  return /^\d{1,5}$/.test(text) ? Number(text) : expected('a database number after the host')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return expected('percent-encoding in the user, password or path to be complete (% is %25)')
  }
}

function expected(what: string): never {
  throw new Error(`expected ${what}`)
}
