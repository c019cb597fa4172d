import test from 'ava'
import { Webhook } from 'standardwebhooks'
import { WebhookReceiver } from '../support/webhook-receiver.ts'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine({ OUTBOUND_ALLOW: '127.0.0.1' })
})
test.after.always(() => cli?.stop())

type Shown = { id: string; url: string; kinds: string[]; enabled: boolean; secret?: string }

test('add prints the secret once; list and show do not have it', async t => {
  const added = await cli.run('webhooks add https://crm.example.com/in --kind account. --kind email.changed')
  t.is(added.code, 0)
  const [, id = '', secret = ''] =
    /^Registered webhook ([0-9a-f-]{36})\.\nThe secret is shown only once\.\n\n(whsec_\S+)\n$/.exec(added.out) ?? []
  const shown = await cli.json<Shown>(`webhooks show ${id}`)
  t.like(shown, {
    url: 'https://crm.example.com/in',
    kinds: ['account.', 'email.changed'],
    enabled: true,
    description: '',
  })
  for (const line of ['webhooks list', `webhooks show ${id}`, 'webhooks list --json'])
    t.false((await cli.run(line)).out.includes(secret.slice(6)), line)
  t.regex((await cli.run('webhooks list')).out, /^ID +URL +KINDS +ENABLED +UNDELIVERED SINCE +DESCRIPTION\n/)
})

test('kinds, address and description are changed one by one', async t => {
  const { id } = await cli.json<Shown>(
    'webhooks add https://a.example.com/ --kind account. --description "For the CRM"',
  )
  const update = (options: string) => cli.json<Shown>(`webhooks update ${id} ${options}`)
  t.deepEqual((await update('--add-kind sign-in.refused --add-kind role.')).kinds, [
    'account.',
    'role.',
    'sign-in.refused',
  ])
  t.deepEqual((await update('--remove-kind account.')).kinds, ['role.', 'sign-in.refused'])
  t.deepEqual((await update('--kind "*"')).kinds, ['*'])
  t.like(await update('--url https://b.example.com/ --description ""'), {
    url: 'https://b.example.com/',
    description: '',
  })
  t.like(await update('--disable'), { enabled: false, kinds: ['*'] })
  t.like(await update('--enable'), { enabled: true })
  const events = await cli.json<{ kind: string; actor: string; target: string }[]>('audit list --kind webhook.updated')
  const mine = events.filter(({ target }) => target === id)
  t.is(mine.length, 6)
  t.true(mine.every(({ actor }) => actor === 'operator'))
})

test('what cannot be is refused, in terms of the command line', async t => {
  const { id } = await cli.json<Shown>('webhooks add https://c.example.com/ --kind account.')
  const cases: [line: string, code: number, wrong: RegExp][] = [
    ['webhooks add https://x.example.com/', 2, /--kind/],
    ['webhooks add http://x.example.com/ --kind account.', 2, /^gatehouse: <url> must be an https: URL/],
    ['webhooks add https://x.example.com/ --kind acount.', 2, /^gatehouse: --kind: "acount\." is no kind of event/],
    [
      'webhooks add https://x.example.com/ --kind webhook.undelivered',
      2,
      /^gatehouse: --kind: "webhook\.undelivered" is never sent to a webhook/,
    ],
    [`webhooks update ${id} --remove-kind account.`, 2, /at least one is required/],
    [`webhooks update ${id} --remove-kind role.`, 2, /it is not in the list/],
    [`webhooks update ${id} --enable --disable`, 2, /give only one of --enable and --disable/],
    [`webhooks replay ${id}`, 2, /give one of --delivery, --failed and --since/],
    [`webhooks replay ${id} --failed --since 1h`, 2, /give one of/],
    [`webhooks replay ${id} --since yesterday`, 2, /Expected 8h, 30d, a day/],
    [`webhooks replay ${id} --delivery nonsense`, 3, /there is no delivery "nonsense"/],
    [`webhooks deliveries ${id} --failed --waiting`, 2, /give only one of --failed and --waiting/],
    [`webhooks deliveries ${id} --before nonsense`, 2, /--before must be the ID of a delivery/],
    ['webhooks show nonsense', 3, /^gatehouse: there is no webhook "nonsense"\n$/],
    [`webhooks remove ${id}`, 2, /confirmation is required/],
  ]
  for (const [line, code, wrong] of cases) {
    const result = await cli.run(line)
    t.is(result.code, code, `${line}: ${result.err}`)
    t.regex(result.err, wrong, line)
  }
  t.is((await cli.run(`webhooks remove ${id}`, { answers: ['n'] })).code, 130)
  const removed = await cli.run(`webhooks remove ${id}`, { answers: ['y'] })
  t.is(removed.out, `Removed webhook ${id}.\n`)
  t.is((await cli.run(`webhooks show ${id}`)).code, 3)
})

test('test sends an event at once, and shows what the receiver answered', async t => {
  let status = 202
  const receiver = await WebhookReceiver.open(t, {
    respond: response => void response.writeHead(status).end('noted\u001b[2J'),
  })
  const { id, secret } = await cli.json<Required<Shown>>(`webhooks add "${receiver.url}" --kind account.`)
  const { code, out } = await cli.run(`webhooks test ${id}`)
  t.is(code, 0)
  t.is(out, 'The receiver accepted the event with 202.\n\nnoted\ufffd[2J\n')
  t.like(await cli.json(`webhooks test ${id}`), { webhook: id, status: 202 })
  const [{ text, headers, body }] = receiver.received as [(typeof receiver.received)[0]]
  t.notThrows(() => new Webhook(secret).verify(text, headers as Record<string, string>))
  t.like(body, { type: 'webhook.test' })
  t.like(body.data, { kind: 'webhook.test', target: id, actor: 'operator', success: true })
  t.deepEqual(await cli.json(`webhooks deliveries ${id}`), [])
  t.deepEqual(
    await cli.json('audit list --limit 1000').then(events => JSON.stringify(events).includes('webhook.test')),
    false,
  )

  status = 500
  const failed = await cli.run(`webhooks test ${id}`)
  t.is(failed.code, 7)
  t.is(
    failed.err,
    `gatehouse: webhook ${id} did not accept the event: the receiver answered 500\nIt answered: noted\ufffd[2J\n`,
  )
})
