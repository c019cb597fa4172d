import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { type App, type AppOptions, createApp } from './app.ts'
import type { Config } from './base/config.ts'
import { transportFor } from './email/transports.ts'
import { protocolPages } from './http/kit/errors/protocol-pages.ts'
import { Pages } from './http/kit/pages/pages.ts'
import { showing } from './http/kit/pages/show.ts'
import { EventLoopBatches } from './http/server/event-loop-batches.ts'
import { GracefulShutdown } from './http/server/graceful-shutdown.ts'
import { RevocationList } from './http/server/revocation-list.ts'
import { createWeb } from './http/web.ts'
import { EmailTexts } from './i18n/email-texts.ts'
import { locales } from './i18n/locale.ts'
import { CurrentProvider } from './oidc/provider/current-provider.ts'
import { logoutToken } from './oidc/sessions/logout-token.ts'
import { AuditChaining } from './ops/audit-chaining.ts'
import { BackchannelLogoutDelivery } from './ops/backchannel-logout-delivery.ts'
import { Health } from './ops/health.ts'
import { MailDelivery } from './ops/mail-delivery.ts'
import { watchRedisMemory } from './ops/redis-memory.ts'
import { Sweeper } from './ops/sweeper.ts'
import { WebhookDispatch } from './ops/webhook-dispatch.ts'

export interface Server {
  url: string
  app: App
  /** Reports not ready, finishes the last requests, then closes the storage. */
  close(): Promise<void>
}

/** Headers must arrive within 10 s and a whole request within 30 s, so that slow senders do not hold connections. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  connectionsCheckingInterval: 5_000,
}
/**
 * Connections that may wait to be accepted. The kernel drops any further ones, and their clients retry only seconds
 * later.
 */
const BACKLOG = 4096

/** Starts one process of the server. @throws Error if the storage cannot be reached or the port is in use */
export async function startServer(config: Config, options: AppOptions = {}): Promise<Server> {
  const app = await createApp(config, options)
  try {
    // Waits for Redis: until it answers, rate limits would be counted in this process alone.
    await Promise.all([app.scope(() => app.keys.ensure()), app.passwords.ready(), app.replayMarks.begin()])
    const pages = new Pages(config)
    const show = showing(pages)
    const screens = protocolPages({ config, log: app.log, show })
    const current = new CurrentProvider({ app, screens, locales: [...locales] })
    await current.start()
    const health = new Health(app)
    const sweeper = new Sweeper(app)
    const chaining = new AuditChaining(app)
    const emails = new EmailTexts(config)
    const transport = transportFor(config, app)
    const mailDelivery = new MailDelivery({ app, write: email => emails.write(email), transport })
    const logoutDelivery = new BackchannelLogoutDelivery({
      app,
      sign: (notification, jti) => logoutToken(current, notification, jti),
    })
    const webhookDispatch = new WebhookDispatch(app)
    const batches = new EventLoopBatches()
    const revocations = new RevocationList({ app, current })
    const http = createServer(LIMITS, createWeb({ app, current, batches, health, revocations, pages, show }))
    http.on('connection', () => batches.connectionAccepted())
    await Promise.all([mailDelivery.start(), logoutDelivery.start(), webhookDispatch.start()])
    const shutdown = new GracefulShutdown(http)
    http.listen({ port: config.port, host: config.host, backlog: BACKLOG })
    await once(http, 'listening')
    sweeper.start()
    chaining.start()
    const stopWatchingMemory = watchRedisMemory(app)
    health.start()
    return {
      url: config.issuer,
      app,
      async close() {
        health.stop()
        sweeper.stop()
        stopWatchingMemory()
        await pause(config.shutdownDelay * 1000)
        revocations.stop()
        await shutdown.run(config.shutdownIdleTimeout)
        await Promise.all([mailDelivery.stop(), logoutDelivery.stop(), webhookDispatch.stop(), chaining.stop()])
        await app.close()
      },
    }
  } catch (error) {
    await app.close()
    throw error
  }
}
