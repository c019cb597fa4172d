import test from 'ava'
import { kill, startProcessGroup } from '../support/process-group.ts'
import { freePort } from '../support/programs.ts'
import { WebhookReceiver } from '../support/webhook-receiver.ts'

test('an event is still delivered, once, if the process is killed after the commit', async t => {
  const here = await startProcessGroup()
  t.teardown(() => here.remove())
  const port = await freePort()
  await kill(await here.run({ webhookUrl: `http://127.0.0.1:${port}/hooks`, serve: false }))
  const receiver = await WebhookReceiver.open(t, { port })
  await here.run({ serve: true, untilDone: true })
  t.deepEqual(receiver.types, ['sign-in.email-requested'])
})

test('a delivery under way when its process is killed is sent again under the same webhook-id', async t => {
  const here = await startProcessGroup()
  t.teardown(() => here.remove())
  // The first request is never answered, so the process dies while it waits.
  const receiver = await WebhookReceiver.open(t, {
    respond: (response, number) => void (number > 0 && response.writeHead(200).end()),
  })
  await kill(await here.run({ webhookUrl: receiver.url, serve: false }))
  const serving = await here.run({ serve: true })
  await receiver.arrived(1)
  await kill(serving)
  await here.run({ serve: true, untilDone: true })
  t.is(receiver.received.length, 2)
  t.is(new Set(receiver.received.map(({ id }) => id)).size, 1)
})
