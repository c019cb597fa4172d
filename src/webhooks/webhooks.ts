import { LockMode } from '@mikro-orm/core'
import { type Actor, system } from '../base/actor.ts'
import { isId, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { NotFound } from '../base/refusals.ts'
import { parsed } from '../clients/registration.ts'
import { WebhookDelivery } from './delivery.ts'
import { newWebhookSecret, secretPurpose } from './secret.ts'
import { overlapSeconds, type WebhookSettings, webhookSettings } from './settings.ts'
import { Webhook } from './webhook.ts'

/** Who changes a webhook, and what must hold of it before. */
interface Change {
  by: Actor
  /** Called with the locked webhook; throws if it may not be changed as it is. */
  expect?: (webhook: Webhook) => void
}

/** The webhooks of this installation, which operators manage. Their secrets are sealed and shown only when they are made. */
export class Webhooks {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'clock' | 'audit' | 'sealing' | 'webhookDeliveries'>) {
    this.#app = app
  }

  list(): Promise<Webhook[]> {
    return this.#app.em.find(Webhook, {}, { orderBy: { id: 'asc' } })
  }

  /** @throws NotFound */
  async find(id: string): Promise<Webhook> {
    const webhook = isId(id) ? await this.#app.em.findOne(Webhook, { id }) : null
    if (!webhook) throw new NotFound(`there is no webhook ${JSON.stringify(id)}`)
    return webhook
  }

  /** @returns also the secret, which cannot be read again @throws InvalidInput */
  async register(settings: WebhookSettings, { by }: { by: Actor }): Promise<{ webhook: Webhook; secret: string }> {
    const checked = parsed(webhookSettings, settings, 'webhook')
    const [createdAt, secret] = [this.#app.clock.now(), newWebhookSecret()]
    const id = newId(createdAt)
    const webhook = this.#app.em.create(Webhook, { ...checked, id, sealedSecret: this.#seal(id, secret), createdAt })
    this.#app.audit.record('webhook.registered', { by, target: id })
    await this.#app.em.flush()
    return { webhook, secret }
  }

  /** Deliveries that waited because it was disabled are sent once it is enabled. @throws NotFound, InvalidInput */
  async update(id: string, changes: Partial<WebhookSettings>, { by, expect }: Change): Promise<Webhook> {
    return this.#app.atomically(async () => {
      const webhook = await this.#locked(id)
      expect?.(webhook)
      const { url, kinds, description, enabled } = webhook
      const checked = parsed(webhookSettings, { url, kinds, description, enabled, ...changes }, 'webhook')
      Object.assign(webhook, checked)
      if (checked.enabled && !enabled)
        await this.#app.webhookDeliveries.repeat({ webhookId: webhook.id, state: 'waiting' })
      this.#app.audit.record('webhook.updated', { by, target: webhook.id })
      return webhook
    })
  }

  /** Disables a webhook whose receiver has answered that it wants no more. */
  async disableGone({ id }: Webhook): Promise<void> {
    const webhook = await this.#app.em.findOne(Webhook, { id, enabled: true })
    if (!webhook) return
    webhook.enabled = false
    this.#app.audit.record('webhook.updated', { by: system, target: id, reason: 'gone' })
    await this.#app.em.flush()
  }

  /**
   * Makes a new secret. The one before signs requests too, for a number of seconds, so that the receiver can change over.
   * @throws NotFound, InvalidInput
   */
  async rotateSecret(
    id: string,
    { by, overlap }: { by: Actor; overlap: number },
  ): Promise<{ webhook: Webhook; secret: string }> {
    parsed(overlapSeconds, overlap, 'overlap')
    const secret = newWebhookSecret()
    return this.#app.atomically(async () => {
      const webhook = await this.#locked(id)
      webhook.sealedPreviousSecret = overlap > 0 ? webhook.sealedSecret : null
      webhook.previousSecretUntil = overlap > 0 ? new Date(this.#app.clock.now().getTime() + overlap * 1000) : null
      webhook.sealedSecret = this.#seal(webhook.id, secret)
      this.#app.audit.record('webhook.secret-rotated', { by, target: webhook.id })
      return { webhook, secret }
    })
  }

  /** Also removes its deliveries; those that wait are not sent. @throws NotFound */
  async remove(id: string, { by, expect }: Change): Promise<void> {
    await this.#app.atomically(async () => {
      const webhook = await this.#locked(id)
      expect?.(webhook)
      this.#app.em.remove(webhook)
      await this.#app.em.nativeDelete(WebhookDelivery, { webhookId: webhook.id })
      this.#app.audit.record('webhook.removed', { by, target: webhook.id })
    })
  }

  /** Removes secrets that no longer sign. @returns how many */
  prune(): Promise<number> {
    const over = { previousSecretUntil: { $lte: this.#app.clock.now() } }
    return this.#app.em.nativeUpdate(Webhook, over, { sealedPreviousSecret: null, previousSecretUntil: null })
  }

  /** As it is now, and stays until the transaction ends. @throws NotFound */
  async #locked(id: string): Promise<Webhook> {
    const { id: found } = await this.find(id)
    return this.#app.em.findOneOrFail(Webhook, found, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  }

  #seal(id: string, secret: string): string {
    return this.#app.sealing.sealJson(secret, secretPurpose(id))
  }
}
