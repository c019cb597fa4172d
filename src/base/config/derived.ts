import { availableParallelism } from 'node:os'
import { defaultSender } from './parsers/mail.ts'
import type { Values } from './settings.ts'

/** Values that depend on several settings, or on a default that is not a fixed text. */
export type Derived = ReturnType<typeof derived>

/** The DATABASE_ settings as the storage takes them. Times are in seconds. */
export interface DatabaseLimits {
  /** Connections in addition to those of the queue, readiness and change notifications. */
  connections: number
  /** Operations that can wait for a connection. */
  queue: number
  /** Maximum wait for a connection, new or pooled. */
  connectTimeout: number
  statementTimeout: number
}

export function derived(values: Values, { keys, warnings }: { keys: readonly Buffer[]; warnings: string[] }) {
  const production = values.NODE_ENV === 'production'
  const issuer = values.PUBLIC_URL ?? `http://localhost:${values.PORT}`
  const secure = issuer.startsWith('https:')
  const demoPort = demoPortOf(values, { production })
  // The demo receives logout tokens, and Example Upstream is asked for claims; neither runs in production.
  const bundled = [demoPort, values.DEMO_UPSTREAM_PORT ?? null].flatMap(port => (port ? [`localhost:${port}`] : []))
  return {
    production,
    /** PUBLIC_URL without a trailing slash. */
    issuer,
    /** The path of the issuer: '', or for example '/id'. */
    basePath: new URL(issuer).pathname.replace(/\/$/, ''),
    secure,
    host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    databaseLimits: {
      connections: values.DATABASE_CONNECTIONS,
      queue: values.DATABASE_QUEUE,
      connectTimeout: values.DATABASE_CONNECT_TIMEOUT,
      statementTimeout: values.DATABASE_STATEMENT_TIMEOUT,
    },
    /** Newest first, at least 32 bytes each. Never used raw. Empty only with `createSecrets: false`. */
    secretKeys: values.SECRET_KEYS ?? keys,
    /** IP addresses and CIDR ranges of trusted proxies. */
    trustProxy: values.TRUST_PROXY ?? [],
    sessionIdleTtl: values.SESSION_IDLE_TTL ?? Math.min(86_400, values.SESSION_TTL),
    shutdownDelay: values.SHUTDOWN_DELAY ?? (production ? 1 : 0),
    shutdownIdleTimeout: values.SHUTDOWN_IDLE_TIMEOUT ?? (production ? 5 : 0),
    demoPort,
    /** Lower case. */
    outboundAllow: [...(values.OUTBOUND_ALLOW ?? []), ...bundled],
    ...signInCapacity(values),
    mailFrom: values.MAIL_FROM ?? defaultSender(issuer),
    /** Test mode: emails are shown instead of sent. */
    mailbox: values.SMTP_URL == null && !production,
    /** Warnings for the operator; they don't prevent a start. */
    warnings: [...warnings, ...(production ? productionWarnings(values, secure) : [])],
  }
}

/** Without DEMO_PORT, the demo runs unless in production or with a DATABASE_URL. */
function demoPortOf(values: Values, { production }: { production: boolean }): number | null {
  if (values.DEMO_PORT !== undefined) return values.DEMO_PORT
  if (production || values.DATABASE_URL != null) return null
  return [3001, 3002, 3003].find(port => port !== values.PORT && port !== values.DEMO_UPSTREAM_PORT) ?? null
}

/** Sign-in requests that are handled concurrently, in addition to those that compute a hash. */
const AT_ONCE = 8
/** Database connections reserved for requests other than sign-ins. */
const RESERVED = 2
/**
 * Threads for hashes and for RSA signatures: those of Node's pool (libuv), whose number is fixed when a process starts. One
 * stays free of hashes, so that a token is not signed later than they are done.
 */
const THREADS = 4
/** Hashes that can wait for each hash that is being computed. */
const QUEUE = 32

function signInCapacity({ PASSWORD_HASHING, WORKERS, DATABASE_CONNECTIONS }: Values) {
  const concurrency = Math.max(1, Math.min(THREADS - 1, Math.floor(availableParallelism() / WORKERS)))
  const queue = QUEUE * concurrency
  const others = Math.max(1, Math.min(AT_ONCE, DATABASE_CONNECTIONS - RESERVED))
  return {
    /** `memory` is in KiB. `concurrency` is how many hashes one process computes at once, `queue` how many can wait. */
    passwordHashing: { ...PASSWORD_HASHING, concurrency, queue },
    /** How many sign-in requests of each kind one process handles concurrently, and how many can wait. */
    signInQueue: { atOnce: concurrency + others, waiting: queue },
  }
}

/** Warnings about settings that are allowed in production but probably not intended. */
function productionWarnings(values: Values, secure: boolean): string[] {
  const unreachable =
    values.SMTP_URL == null && values.EMAIL_VERIFICATION === 'required' && values.REGISTRATION === 'open'
  return [
    ...(secure ? [] : ['PUBLIC_URL is http: passwords and tokens are sent unencrypted']),
    ...(unreachable ? ['without SMTP_URL no email is delivered: people who register cannot verify their email'] : []),
  ]
}
