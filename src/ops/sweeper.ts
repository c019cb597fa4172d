import type { App } from '../app.ts'

const EVERY_MS = 5 * 60 * 1000

/**
 * Removes what has expired: artifacts, if the store does not expire them itself; retired signing keys; old one-time
 * links; former passwords; registrations that were never verified; accounts whose deletion is due; second factors whose
 * reset is due; assignments of roles that have ended; impersonations that are over, or were never started; records of
 * released usernames that anyone may take again; clients that registered themselves and that no one uses; old deliveries
 * of webhooks, and their former secrets; unconfirmed responses that no client has retried; revoked access tokens that have expired; and, once a day, old audit
 * events, when it signs the head of the audit trail.
 */
export class Sweeper {
  readonly #app: App
  #timer: NodeJS.Timeout | undefined

  constructor(app: App) {
    this.#app = app
  }

  start(): void {
    this.#timer = setInterval(() => void this.sweep(), EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async sweep(): Promise<void> {
    const { artifacts, keys, links, passwords, erasure, deletion, factorResets } = this.#app
    const {
      assignments,
      usernames,
      clientUse,
      impersonations,
      impersonationEnds,
      webhooks,
      webhookDeliveries,
      scope,
      log,
    } = this.#app
    try {
      const swept = {
        artifacts: (await artifacts.sweep?.()) ?? 0,
        signingKeys: await scope(() => keys.prune()),
        links: await scope(() => links.prune()),
        formerPasswords: await scope(() => passwords.prune()),
        unverifiedRegistrations: await scope(() => erasure.ofStale()),
        deletedAccounts: await scope(() => deletion.due()),
        factorResets: await scope(() => factorResets.due()),
        assignments: await scope(() => assignments.removeEnded()),
        impersonations: await scope(() => impersonationEnds.settleAll()),
        unusedImpersonations: await scope(() => impersonations.prune()),
        usernames: await scope(() => usernames.prune()),
        unusedClients: await scope(() => clientUse.sweep()),
        webhookDeliveries: await scope(() => webhookDeliveries.prune()),
        webhookSecrets: await scope(() => webhooks.prune()),
        unconfirmedResponses: await this.#app.unconfirmedResponses.sweep(),
        tokenRevocations: await this.#app.tokenRevocations.sweep(),
        auditEvents: await scope(() => this.#auditEvents()),
      }
      if (Object.values(swept).some(count => count > 0)) log.debug(swept, 'expired data removed')
    } catch (error) {
      log.warn({ err: error }, 'cleanup failed; it is retried later')
    }
  }

  /** The process that signs the head of the day also deletes what is old by the head before. */
  async #auditEvents(): Promise<number> {
    const { auditHeads, auditRetention } = this.#app
    const before = await auditHeads.makeDaily()
    return before ? auditRetention.run(before) : 0
  }
}
