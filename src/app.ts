import { RequestContext } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { migrations } from '../migrations/all.ts'
import { Accounts } from './accounts/accounts.ts'
import { LoginNames } from './accounts/login-name.ts'
import { Usernames } from './accounts/usernames.ts'
import { History } from './audit/history.ts'
import { Trail } from './audit/trail.ts'
import { type Clock, systemClock } from './base/clock.ts'
import type { Config } from './base/config.ts'
import { createLog, type Logger } from './base/log.ts'
import { OutageLog } from './base/outage-log.ts'
import { createOutbound } from './base/outbound.ts'
import { Sealing } from './base/sealing.ts'
import { Clients } from './clients/clients.ts'
import { Resources } from './clients/resources.ts'
import { Attempts } from './credentials/attempts.ts'
import { Ceremonies } from './credentials/ceremonies.ts'
import { Devices } from './credentials/devices.ts'
import { FactorLetters } from './credentials/factor-letters.ts'
import { Factors } from './credentials/factors.ts'
import { OneTimeLinks } from './credentials/one-time-links.ts'
import { PasskeyProofs } from './credentials/passkey-proofs.ts'
import { Passkeys } from './credentials/passkeys.ts'
import { Passwords } from './credentials/passwords.ts'
import { RecoveryCodes } from './credentials/recovery-codes.ts'
import { Totps } from './credentials/totps.ts'
import { WebAuthn } from './credentials/webauthn.ts'
import { announced, entities } from './entities.ts'
import { Departures } from './federation/departures.ts'
import { Examination } from './federation/examination.ts'
import { IdentityLinks } from './federation/identity-links.ts'
import { IdentityProviders } from './federation/identity-providers.ts'
import { Landings } from './federation/landings.ts'
import { Trips } from './federation/trips.ts'
import { Upstreams } from './federation/upstreams.ts'
import { Visits } from './federation/visits.ts'
import { Keys } from './keys/keys.ts'
import { createLifecycle } from './lifecycle/lifecycle.ts'
import { Limits } from './limits/limits.ts'
import { createLogin } from './login/login.ts'
import { Mailbox } from './mail/mailbox.ts'
import { LETTER, Outbox } from './mail/outbox.ts'
import { Roles } from './roles/roles.ts'
import { FAREWELL, Farewells } from './sessions/farewells.ts'
import { Sessions } from './sessions/sessions.ts'
import { artifactStore } from './storage/artifact-store.ts'
import { Changes } from './storage/changes.ts'
import { hearChanges, openDatabase, pgliteOf } from './storage/database.ts'
import { Migrations } from './storage/migrations.ts'
import { Queue } from './storage/queue.ts'
import { REDIS_PREFIX } from './storage/redis.ts'
import { Applications } from './tokens/applications.ts'
import { Consents } from './tokens/consents.ts'
import { Grants } from './tokens/grants.ts'

export interface AppOptions {
  clock?: Clock
  log?: Logger
  /** A dumped PGlite folder to begin with, in memory: what tests use. */
  pgliteDump?: Blob | undefined
  redisPrefix?: string | undefined
  /** Leave the database as it is: `gatehouse migrate` looks before it changes. */
  migrate?: boolean
  /** Seconds to wait for another process that migrates; without it, as long as it takes. */
  lockTimeout?: number
}

export type App = Awaited<ReturnType<typeof createApp>>

/** The longest life that a client or resource can give its access tokens, and more than clocks differ. */
const LONGEST_TOKEN = 24 * 60 * 60
const MARGIN = 2 * 60 * 60

/** The composition root: every noun wired once, by name. */
export async function createApp(config: Config, options: AppOptions = {}) {
  const clock = options.clock ?? systemClock
  const log = options.log ?? createLog(config.logLevel)
  const outages = new OutageLog(log)
  const changes = new Changes()
  // Closed again, last first, where what comes after fails.
  await using opened = new AsyncDisposableStack()
  const source = { ...config, pgliteDump: options.pgliteDump }
  const database = await openDatabase(source, { entities, migrations, announced }, changes)
  opened.defer(() => database.close())
  const em: SqlEntityManager = database.em
  const migrating = new Migrations(database, options.lockTimeout)
  if (options.migrate !== false) {
    await migrating.up()
    opened.defer(() => changes.stop())
    await hearChanges(database, changes)
  }
  const prefix = options.redisPrefix ?? REDIS_PREFIX
  const store = artifactStore({ database, changes, config, prefix, log, outages })
  const { artifacts, ends, redis, replayMarks, unconfirmedAnswers } = store
  opened.defer(() => artifacts.close())
  opened.defer(() => unconfirmedAnswers.close())
  const outbound = createOutbound(config.outboundAllow)
  const sealing = new Sealing(config.secretKeys)
  const trail = new Trail({ em, clock })
  const history = new History({ trail })
  const queue = new Queue({ em, database: database.connection ?? (await pgliteOf(em)), log })
  opened.defer(() => queue.stop())
  if (options.migrate !== false) await queue.start(LETTER, FAREWELL)
  const outbox = new Outbox({ queue, sealing, issuer: config.issuer })
  const mailbox = new Mailbox({ em, clock })
  const limits = new Limits({ redis, prefix, rates: config.rates, clock })
  const accounts = new Accounts({ em, clock, trail })
  const loginNames = new LoginNames({ accounts, usernames: config.signInWithUsername })
  const usernames = new Usernames({ em, clock, trail, hold: config.usernameHold })
  const clients = new Clients({ em, clock, trail, changes })
  const resources = new Resources({ em, clock, trail, changes, issuer: config.issuer })
  // Applications that sign somebody out name the ID token of the sign-in, which may be as old as the session.
  const keepRetired = Math.max(LONGEST_TOKEN, config.sessionTtl) + MARGIN
  const keys = new Keys({ em, clock, trail, sealing, keepRetired, aside: database.aside })
  const passwords = new Passwords({ em, clock, trail, cost: config.passwordHashing })
  const ceremonies = new Ceremonies({ sealing, replayMarks, clock })
  const webauthn = new WebAuthn({ issuer: config.issuer, log })
  const passkeys = new Passkeys({ em, clock, trail, ceremonies, webauthn })
  const links = new OneTimeLinks({ em, clock })
  const roles = new Roles({ em, clock, trail })
  const farewells = new Farewells({ em, artifacts, queue, log })
  const sessions = new Sessions({ em, artifacts, ends, farewells, trail, ttl: config.sessionTtl })
  const grants = new Grants({ em, artifacts, ends, trail })
  const consents = new Consents({ em, clock, trail, grants })
  const devices = new Devices({ em, clock, trail })
  const factorLetters = new FactorLetters({ links, outbox, clock, issuer: config.issuer })
  const passkeyProofs = new PasskeyProofs({ em, clock, trail, ceremonies, webauthn, factorLetters })
  const totps = new Totps({ em, clock, trail, sealing, issuer: config.issuer })
  const recoveryCodes = new RecoveryCodes({ em, clock, trail, sealing, letters: factorLetters })
  const factors = new Factors({ em, clock, trail, devices })
  const identityProviders = new IdentityProviders({ em, clock, trail, sealing, changes })
  const identityLinks = new IdentityLinks({ em, clock, trail, sealing })
  const upstreams = new Upstreams({ identityProviders, outbound, replayMarks, clock, issuer: config.issuer, log })
  const visits = new Visits({ artifacts, sealing, clock, ttl: config.sessionTtl })
  const attempts = new Attempts({ limits, passwords, devices, trail, log })
  const parts = {
    em,
    clock,
    config,
    trail,
    ...store,
    accounts,
    loginNames,
    usernames,
    passwords,
    passkeys,
    passkeyProofs,
    links,
    roles,
    limits,
    outbox,
    sessions,
    farewells,
    grants,
    consents,
    devices,
    attempts,
    totps,
    recoveryCodes,
    factors,
    factorLetters,
    identityProviders,
    identityLinks,
    upstreams,
    examination: new Examination({ identityProviders, upstreams, outbound, clock }),
    trips: new Trips({ artifacts, clock }),
    landings: new Landings({ artifacts, sealing }),
    visits,
    departures: new Departures({ artifacts, identityProviders, upstreams, visits }),
    outbound,
    log,
    outages,
    sealing,
  }
  const login = createLogin(parts)
  const lifecycle = createLifecycle(parts)
  const running = opened.move()

  return {
    changes,
    database,
    migrating,
    history,
    queue,
    mailbox,
    clients,
    resources,
    keys,
    applications: new Applications({ clients, consents, grants }),
    ...parts,
    ...login,
    ...lifecycle,

    /** Runs `work` with a unit of work of its own: what a request, or a command, reads and writes. */
    scope: <T>(work: () => Promise<T>): Promise<T> => RequestContext.create(em, work),

    close: (): Promise<void> => running.disposeAsync(),
  }
}
