import { createApp } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { loadConfig } from '../../src/base/config.ts'
import { startServer } from '../../src/server.ts'
import { QUICK } from './gatehouse.ts'
import { jobsDone } from './jobs.ts'
import type { ProcessTask } from './process-group.ts'

/** A process that does the task it is sent, says when it is done, and stays until it is killed. */
process.once('message', async ({ post = [], logoutUri, webhookUrl, serve, untilDone = false }: ProcessTask) => {
  const config = loadConfig()
  const app = serve ? (await startServer(config, { queueIntervals: QUICK })).app : await createApp(config)
  const { em, outbox, clients, backchannelLogout, webhooks, audit, scope } = app
  for (const email of post) await scope(() => em.transactional(() => outbox.post(email)))
  if (logoutUri) {
    const redirectUris = ['https://app.example.org/callback']
    const registration = { name: 'Example', profile: 'web', redirectUris, backchannelLogoutUri: logoutUri } as const
    await scope(async () => {
      const { client } = await clients.register(registration, { by: operator })
      await em.transactional(() => backchannelLogout.send([{ client: client.id, sub: 'a-person', sid: null }]))
    })
  }
  if (webhookUrl) {
    const settings = { url: webhookUrl, kinds: ['sign-in.email-requested'] }
    await scope(() => webhooks.register(settings, { by: operator }))
    await scope(() => audit.write('sign-in.email-requested', { by: operator, subject: null, target: null }))
  }
  if (untilDone) await jobsDone(app)
  process.send?.('done')
})

process.once('disconnect', () => process.exit())
