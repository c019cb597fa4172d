import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import type { App } from '../../src/app.ts'
import type { Email } from '../../src/email/email.ts'
import { type Gatehouse, QUICK, startGatehouse } from '../support/gatehouse.ts'
import { jobFailed, jobsDone } from '../support/jobs.ts'
import { MailServer } from '../support/mail-server.ts'
import { kill, startProcessGroup } from '../support/process-group.ts'
import { freePort } from '../support/programs.ts'

const emailTo = (to: string): Email => ({ kind: 'welcome', to, locale: 'en', data: {} })
const people = (count: number) => Array.from({ length: count }, (_, index) => `person-${index}@example.org`)

function post({ app }: Pick<Gatehouse, 'app'>, to: string): Promise<void> {
  return app.scope(() => app.em.transactional(() => app.outbox.post(emailTo(to))))
}

async function withSmtp(url: string, work: (gatehouse: Gatehouse) => Promise<void>): Promise<void> {
  const gatehouse = await startGatehouse({ env: { SMTP_URL: url }, queueIntervals: QUICK })
  try {
    await work(gatehouse)
  } finally {
    await gatehouse.stop()
  }
}

const recipients = ({ emails }: MailServer) => emails.flatMap(({ to }) => to).sort()

function jobs(app: App): Promise<{ state: string; data: string; output: string | null }[]> {
  return app.scope(() => app.em.execute('select state::text, data::text, output::text from queue.job'))
}

test('an email is sent if, and only if, the change that it reports is committed', async t => {
  const server = await MailServer.start()
  await withSmtp(server.url, async ({ app }) => {
    const undone = app.scope(() =>
      app.em.transactional(async () => {
        await app.outbox.post(emailTo('nobody@example.org'))
        throw new Error('the change failed')
      }),
    )
    await t.throwsAsync(undone, { message: 'the change failed' })
    await post({ app }, 'ada@example.org')
    await server.arrived(1)
    await jobsDone(app)
    t.deepEqual(recipients(server), ['ada@example.org'])
  })
  await server.stop()
})

test('while the mail server is down, emails wait in the queue, and each is delivered once when it is back', async t => {
  const port = await freePort()
  await withSmtp(`smtp://127.0.0.1:${port}`, async ({ app }) => {
    for (const person of people(20)) await post({ app }, person)
    await jobFailed(app)
    const server = await MailServer.start({ port })
    await server.arrived(20)
    await jobsDone(app)
    t.deepEqual(recipients(server), people(20).sort())
    t.is(new Set(server.emails.map(({ header }) => header('Message-ID'))).size, 20)
    await server.stop()
  })
})

test('a mail server that refuses connections is contacted only occasionally, however many emails are queued', async t => {
  let contacts = 0
  const began = performance.now()
  const broken = createServer(socket => {
    contacts += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(broken, 'listening')
  const { port } = broken.address() as AddressInfo
  await withSmtp(`smtp://127.0.0.1:${port}`, async ({ app }) => {
    for (const person of people(100)) await post({ app }, person)
    await sleep(3000)
    const periods = (performance.now() - began) / 3000
    t.true(contacts > 0 && contacts < 20 * periods, `contacted ${contacts} times in ${periods * 3} seconds`)
    broken.close()
    const server = await MailServer.start({ port })
    await server.arrived(100)
    await server.stop()
  })
})

test('a temporarily refused email is retried, and one to an unknown recipient is not', async t => {
  const tries: string[] = []
  const server = await MailServer.start({
    smtp: {
      onRcptTo({ address }, _, done) {
        tries.push(address)
        if (address.startsWith('busy') && tries.filter(each => each === address).length === 1) {
          return done(Object.assign(new Error('4.2.1 try again later'), { responseCode: 450 }))
        }
        if (address.startsWith('gone')) {
          return done(Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 }))
        }
        done()
      },
    },
  })
  await withSmtp(server.url, async ({ app }) => {
    await post({ app }, 'gone@example.org')
    await post({ app }, 'busy@example.org')
    await server.arrived(1)
    t.deepEqual(recipients(server), ['busy@example.org'])
    t.deepEqual(tries.sort(), ['busy@example.org', 'busy@example.org', 'gone@example.org'])
    await jobsDone(app)
    t.true((await jobs(app)).every(({ state }) => state === 'completed'))
  })
  await server.stop()
})

test('queued emails are encrypted, and delivered ones are deleted', async t => {
  await withSmtp(`smtp://127.0.0.1:${await freePort()}`, async ({ app, url }) => {
    const link = `${url}/reset-password/0123456789abcdef-secret`
    await app.scope(() => app.outbox.post({ ...emailTo('ada@example.org'), kind: 'reset-password', data: { link } }))
    await jobFailed(app)
    const [job] = await jobs(app)
    t.true(job?.data.includes('"sealed"'))
    t.notRegex(JSON.stringify(job), /secret|recover|ada@/)
    const [times] = await app.scope(() => app.em.execute('select deletion_seconds from queue.job'))
    t.true(times?.deletion_seconds <= 86_400)
  })
})

test('an email survives a process that is killed after the commit', async t => {
  const server = await MailServer.start()
  const here = await startProcessGroup()
  const poster = await here.run({ post: people(3).map(emailTo), serve: false, smtp: server.url })
  await kill(poster)
  t.is(server.emails.length, 0)
  await here.run({ serve: true, smtp: server.url, untilDone: true })
  t.deepEqual(recipients(server), people(3))
  await here.remove()
  await server.stop()
})

test('an email whose process is killed after delivery is repeated with the same Message-ID', async t => {
  const here = await startProcessGroup()
  const server = await MailServer.start({
    onEmail: () => (server.emails.length === 0 ? here.processes[0]?.kill('SIGKILL') : undefined),
  })
  await here.run({ post: [emailTo('ada@example.org')], serve: true, smtp: server.url })
  await server.arrived(1)
  await here.run({ serve: true, smtp: server.url, untilDone: true })
  const [first, second] = server.emails
  t.is(first?.header('Message-ID'), second?.header('Message-ID'))
  t.regex(first?.header('Message-ID') ?? '', /^<[0-9a-f-]{36}@id\.example\.org>$/)
  t.is(server.emails.length, 2)
  await here.remove()
  await server.stop()
})
