import { type CrowdLimits, crowdLimitsFrom } from './config/crowd-limits.ts'
import { type DatabaseLimits, databaseLimitsFrom } from './config/database-limits.ts'
import { doubts } from './config/doubts.ts'
import { frozen } from './config/frozen.ts'
import { type MailServer, type Sender, usualSender } from './config/mail.ts'
import { misspelt } from './config/misspelt.ts'
import { ConfigError, codeOf, reason } from './config/mistake.ts'
import { type Rates, ratesFrom } from './config/rates.ts'
import { readSettings } from './config/reading.ts'
import { brokenRules } from './config/rules.ts'
import { KeyFile } from './config/secret-keys.ts'
import type { Values } from './config/settings.ts'

export { explainConfig, type Format } from './config/explain.ts'
export { ConfigError, type Mistake } from './config/mistake.ts'
export type { Rate, Rates } from './config/rates.ts'

/**
 * Configuration: environment variables, read once, checked all at once, frozen. `config/settings.ts` is the one table
 * that parsing, explanation and documentation come from; `config/rules.ts` is what must hold between variables.
 */
export interface Config extends CrowdLimits {
  production: boolean
  /** PUBLIC_URL without a trailing slash. */
  issuer: string
  /** The path of the issuer: '' or such as '/id'. */
  basePath: string
  /** Whether the issuer is https. */
  secure: boolean
  host: string
  port: number
  /** Absolute path; the folder may not exist yet. */
  dataDir: string
  /** null: PGlite in `dataDir`. */
  databaseUrl: string | null
  databaseLimits: DatabaseLimits
  /** null: what expires is kept in the database. */
  redisUrl: string | null
  /** How many replicas of Redis must have a write before it is acknowledged; null: with Sentinel all that there are. */
  redisReplicas: number | null
  /** Newest first, each at least 32 bytes; to be derived from, not used raw. Empty only under `createSecrets: false`. */
  secretKeys: readonly Buffer[]
  /** Addresses and CIDRs of the proxies whose X-Forwarded-For is believed. */
  trustProxy: readonly string[]
  /** Lifetimes are in seconds. */
  accessTokenTtl: number
  refreshTokenTtl: number
  refreshTokenMaxTtl: number
  /** 0: off. */
  refreshReplayWindow: number
  sessionTtl: number
  /** At most `sessionTtl`. */
  sessionIdleTtl: number
  workers: number
  /** Seconds for which a starting server waits for its stores. */
  startupTimeout: number
  /** Seconds. */
  shutdownDelay: number
  /** Seconds. */
  shutdownIdleTimeout: number
  logLevel: Values['LOG_LEVEL']
  demoPort: number | null
  /** Of the second provider that people can sign in through to try that out. */
  upstreamPort: number | null
  /** Absolute path of a folder. */
  viewsDir: string | null
  /** Hosts with or without a port, addresses and CIDRs, lower case, that outbound requests may reach though special-use. */
  outboundAllow: readonly string[]
  /** Memory in KiB; hashes at once in one process; hashes that may wait behind them. */
  registration: 'open' | 'closed'
  emailVerification: 'required' | 'off'
  /** Seconds. */
  deletionGrace: number
  /** Seconds for which a username that was given up is nobody's. */
  usernameHold: number
  /** Whether people may type their username where they sign in. */
  signInWithUsername: boolean
  rates: Rates
  /** Who needs a second factor: everybody (`required`), or those who have one of the `roles`; `grace` in seconds. */
  secondFactor: { required: boolean; roles: readonly string[]; grace: number }
  /** Seconds for which a browser is spared the second factor; 0: none is. */
  trustedBrowserTtl: number
  /** Seconds from the day on which somebody has lost all second factors to their end; null: only operators let them go. */
  factorResetDelay: number | null
  passkeyOffer: boolean
  /** Whether a letter is a way of signing in. */
  signInByMail: boolean
  /** null: letters go into the mailbox that /mailbox shows, or in production to nobody. */
  smtp: MailServer | null
  mailFrom: Sender
  /** Whether letters are shown instead of sent. */
  mailbox: boolean
  /** What the operator should know, though nothing is refused. */
  warnings: readonly string[]
}

interface LoadOptions {
  /** Whether to make the keys of an embedded provider if it has none yet; a mere check does not. */
  createSecrets?: boolean
  /** Variables that count as if the environment said so: options of the command line. */
  instead?: NodeJS.ProcessEnv
}

/** @throws ConfigError with every mistake there is */
export function loadConfig(
  environment: NodeJS.ProcessEnv = process.env,
  { createSecrets = true, instead = {} }: LoadOptions = {},
): Config {
  const env = { ...environment, ...instead }
  const reading = readSettings(env)
  const unknown = misspelt(env)
  const mistakes = [...reading.mistakes, ...brokenRules(reading), ...unknown.mistakes]
  const { DATA_DIR: dataDir } = reading.values
  const ownKeys = dataDir == null || reading.given.has('SECRET_KEYS') || reading.given.has('DATABASE_URL')
  const keyFile = ownKeys ? undefined : new KeyFile(dataDir)
  let kept = keyFile?.read()
  if (kept?.mistake) mistakes.push(kept.mistake)
  if (mistakes.length > 0) throw new ConfigError(mistakes)

  if (keyFile && kept?.keys.length === 0 && createSecrets) kept = keyFile.make()
  const values = reading.values as Values
  const warnings = [...unknown.warnings, ...(kept?.warning ? [kept.warning] : [])]
  return frozen(configFrom(values, values.SECRET_KEYS ?? kept?.keys ?? [], warnings))
}

function configFrom(values: Values, secretKeys: readonly Buffer[], warnings: string[]): Config {
  const production = values.NODE_ENV === 'production'
  const issuer = values.PUBLIC_URL ?? `http://localhost:${values.PORT}`
  const embedded = values.DATABASE_URL == null
  const upstreamPort = values.DEMO_UPSTREAM_PORT ?? null
  const free = [3001, 3002, 3003].find(port => port !== values.PORT && port !== upstreamPort) ?? null
  const demoPort = values.DEMO_PORT === undefined ? (embedded && !production ? free : null) : values.DEMO_PORT
  // The demo is told of sign-outs like any application, Example Upstream is asked who somebody is: never in production.
  const bundled = [demoPort, upstreamPort].flatMap(port => (port === null ? [] : [`localhost:${port}`]))
  const secure = issuer.startsWith('https:')
  return {
    production,
    issuer,
    basePath: new URL(issuer).pathname.replace(/\/$/, ''),
    secure,
    host: values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: values.PORT,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL ?? null,
    databaseLimits: databaseLimitsFrom(values),
    redisUrl: values.REDIS_URL ?? null,
    redisReplicas: values.REDIS_REPLICAS ?? null,
    secretKeys,
    trustProxy: values.TRUST_PROXY ?? [],
    accessTokenTtl: values.ACCESS_TOKEN_TTL,
    refreshTokenTtl: values.REFRESH_TOKEN_TTL,
    refreshTokenMaxTtl: values.REFRESH_TOKEN_MAX_TTL,
    refreshReplayWindow: values.REFRESH_REPLAY_WINDOW,
    sessionTtl: values.SESSION_TTL,
    sessionIdleTtl: values.SESSION_IDLE_TTL ?? Math.min(86_400, values.SESSION_TTL),
    workers: values.WORKERS,
    startupTimeout: values.STARTUP_TIMEOUT,
    shutdownDelay: values.SHUTDOWN_DELAY ?? (production ? 1 : 0),
    shutdownIdleTimeout: values.SHUTDOWN_IDLE_TIMEOUT ?? (production ? 5 : 0),
    logLevel: values.LOG_LEVEL,
    demoPort,
    upstreamPort,
    viewsDir: values.VIEWS_DIR ?? null,
    outboundAllow: [...(values.OUTBOUND_ALLOW ?? []), ...bundled],
    ...crowdLimitsFrom(values),
    registration: values.REGISTRATION,
    emailVerification: values.EMAIL_VERIFICATION,
    deletionGrace: values.DELETION_GRACE,
    usernameHold: values.USERNAME_HOLD,
    signInWithUsername: values.SIGN_IN_WITH_USERNAME === 'on',
    rates: ratesFrom(values),
    secondFactor: {
      required: values.SECOND_FACTOR === 'required',
      roles: values.SECOND_FACTOR_ROLES,
      grace: values.SECOND_FACTOR_GRACE,
    },
    trustedBrowserTtl: values.TRUSTED_BROWSER_TTL,
    factorResetDelay: values.FACTOR_RESET_DELAY,
    passkeyOffer: values.PASSKEY_OFFER === 'on',
    signInByMail: values.SIGN_IN_BY_EMAIL === 'on',
    smtp: values.SMTP_URL ?? null,
    mailFrom: values.MAIL_FROM ?? usualSender(issuer),
    mailbox: values.SMTP_URL == null && !production,
    warnings: [...warnings, ...(production ? doubts(values, secure) : [])],
  }
}

/**
 * Adds what a `.env` file says to the environment of this process, below what is there already; quiet where there is
 * no such file. For the entry points alone: a Config of `loadConfig({ … })` never depends on the folder.
 */
export function loadDotEnv(path = '.env'): void {
  try {
    process.loadEnvFile(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw new ConfigError([{ name: path, problem: `cannot be read: ${reason(error)}` }])
  }
}
