import { exec } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { gatehouse, Serving } from '../support/command.ts'
import { freePort } from '../support/programs.ts'
import { copyPglite, servers } from '../support/servers.ts'

/** `gatehouse serve` on the embedded database, in a process of its own, and operators in others. */

const PASSWORD = 'a long enough sentence'

/** Tests of the embedded database do not run on servers. */
const embedded: (title: string, body: (t: ExecutionContext) => Promise<void>) => void = (title, body) => {
  if (!servers()) test.serial(title, body)
}

async function newcomer(
  t: ExecutionContext,
  { deep = false, firstStart = false } = {},
): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-serve-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  // The address of a Unix socket has about a hundred bytes: this folder's name alone is longer.
  const dataDir = deep ? join(folder, 'a-folder-with-a-long-name/'.repeat(6)) : join(folder, 'data')
  if (!firstStart) await copyPglite(dataDir)
  return {
    DATA_DIR: dataDir,
    PORT: String(await freePort()),
    DEMO_PORT: String(await freePort()),
    PASSWORD_HASHING: 'm=64,t=1,p=1',
  }
}

async function serve(t: ExecutionContext, env: Record<string, string>, ...args: string[]): Promise<Serving> {
  const serving = new Serving(env, args)
  t.teardown(() => serving.stop('SIGKILL'))
  await serving.printed(/Ctrl-C to stop/)
  return serving
}

/** Occupies a loopback port until the test ends. */
async function occupy(t: ExecutionContext, port: string, host = '127.0.0.1'): Promise<void> {
  const other = createServer((_, res) => res.end('another program'))
  await new Promise<void>(resolve => other.listen(Number(port), host, resolve))
  t.teardown(() => other.close())
}

embedded('create-superuser works before the first start, and the server uses that account', async t => {
  const env = await newcomer(t, { firstStart: true })
  const made = await gatehouse(['create-superuser', 'ada@example.com', '--password-stdin'], env, `${PASSWORD}\n`)
  t.deepEqual(made, { code: 0, stdout: 'Created the superuser ada@example.com.\n', stderr: '' })
  const serving = await serve(t, env)
  t.notRegex(serving.output, /First run/)
})

embedded('commands typed while the server is running are run by the server', async t => {
  const env = await newcomer(t)
  const serving = await serve(t, env)
  t.regex(serving.output, /First run +http:\/\/localhost:\d+\/setup\/\S{40,}\n/)

  const asked = await gatehouse(['create-superuser', 'ada@example.com', '--password-stdin'], env, `${PASSWORD}\n`)
  t.is(asked.code, 0, asked.stderr)
  const add = [
    'clients',
    'add',
    'Wiki',
    '--id',
    'wiki',
    '--profile',
    'web',
    '--redirect-uri',
    'https://wiki.example.com/',
  ]
  const added = await gatehouse([...add, '--json'], env)
  t.is(JSON.parse(added.stdout).id, 'wiki')
  t.is(added.stderr, '')

  const refused = await gatehouse(add, env)
  t.deepEqual(refused, { code: 4, stdout: '', stderr: 'gatehouse: a client with the id wiki already exists\n' })
  const file = await gatehouse([...add.slice(0, 3), '--profile', 'web', '--jwks-file', '/no/such/file'], env)
  t.is(file.code, 2)
  t.regex(file.stderr, /^gatehouse: cannot open \/no\/such\/file: no such file or directory\n/)

  const redirect = 'https://other.example.com/?a=1&b=2'
  const parameters = new URLSearchParams({ client_id: 'wiki', response_type: 'code', redirect_uri: redirect })
  const url = `http://localhost:${env.PORT}/auth?${parameters}`
  const page = await (await fetch(url)).text()
  const [, command = ''] = /<code>([^<]*gatehouse[^<]* clients update [^<]*)<\/code>/.exec(page) ?? []
  const typed = command.replaceAll('&#39;', "'").replaceAll('&amp;', '&')
  t.true(typed.endsWith(`clients update wiki --add-redirect-uri '${redirect}'`), page)
  await promisify(exec)(typed, { env: { PATH: process.env.PATH, ...env } })
  const { headers } = await fetch(url, { redirect: 'manual' })
  t.true(headers.get('location')?.startsWith(redirect), 'the command on the error page works as printed')
})

embedded('commands without a server wait for each other, on an empty folder too', async t => {
  const env = await newcomer(t, { firstStart: true })
  const names = ['ada', 'bob', 'carol']
  const made = await Promise.all(
    names.map(name => gatehouse(['accounts', 'register', `${name}@example.com`, '--link'], env)),
  )
  t.deepEqual(
    made.map(({ code }) => code),
    [0, 0, 0],
  )
  t.is(JSON.parse((await gatehouse(['accounts', 'list', '--json'], env)).stdout).length, 3)
})

embedded('commands work with a very long DATA_DIR', async t => {
  const env = await newcomer(t, { deep: true })
  await serve(t, env)
  const { code, stdout } = await gatehouse(['clients', 'list', '--json'], env)
  t.is(code, 0)
  t.deepEqual(
    JSON.parse(stdout).map((client: { id: string }) => client.id),
    ['demo'],
  )
})

embedded('invalid messages on the command socket do not harm the server', async t => {
  const env = await newcomer(t)
  await serve(t, env, '--no-demo')
  const { socket } = JSON.parse(await readFile(join(env.DATA_DIR ?? '', 'lock'), 'utf8'))
  for (const words of ['nonsense\n', '{"run":{}}\n', 'null\n', '', '{"run":{"argv":["accounts","list"]}}\n']) {
    const caller = connect(socket)
    caller.on('error', () => {})
    await once(caller, 'connect')
    if (words) caller.write(words)
    else caller.destroy()
    await Promise.race([once(caller.resume(), 'close'), sleep(5_000)])
  }
  t.is((await fetch(`http://localhost:${env.PORT}/readyz`)).status, 200)
})

embedded('a second server on the same DATA_DIR is refused, and the first one keeps running', async t => {
  const env = await newcomer(t)
  await serve(t, env)
  const second = await gatehouse(['serve'], { ...env, PORT: String(await freePort()) })
  t.is(second.code, 4)
  t.is(second.stdout, '')
  t.regex(second.stderr, /^gatehouse: another server is running on .*data: stop it, or set another DATA_DIR\n$/)
  t.is((await fetch(`http://localhost:${env.PORT}/readyz`)).status, 200)
})

embedded('Ctrl-C stops the server with exit code 0, and the next start finds the data', async t => {
  const env = await newcomer(t)
  const first = await serve(t, env)
  await gatehouse(['accounts', 'register', 'ada@example.com', '--link'], env)
  t.is(await first.stop('SIGINT'), 0)
  await t.throwsAsync(fetch(`http://localhost:${env.PORT}/healthz`))

  const second = await serve(t, env)
  const { stdout } = await gatehouse(['accounts', 'list', '--json'], env)
  t.deepEqual(
    JSON.parse(stdout).map((account: { email: string }) => account.email),
    ['ada@example.com'],
  )
  t.is(await second.stop('SIGTERM'), 0)
})

embedded('a killed server leaves nothing that prevents the next start', async t => {
  const env = await newcomer(t)
  const first = await serve(t, env)
  await gatehouse(['accounts', 'register', 'ada@example.com', '--link'], env)
  await first.stop('SIGKILL')
  const { code, stdout } = await gatehouse(['accounts', 'list', '--json'], env)
  t.is(code, 0)
  t.is(JSON.parse(stdout).length, 1)
  await serve(t, env)
})

embedded('ports in use are replaced, with a clear message', async t => {
  const env = await newcomer(t)
  await occupy(t, env.PORT ?? '')
  await occupy(t, env.DEMO_PORT ?? '')
  const serving = await serve(t, env)
  t.regex(serving.output, new RegExp(`Port ${env.PORT} is in use; using http://localhost:\\d+ instead\\.`))
  t.regex(serving.output, new RegExp(`Port ${env.DEMO_PORT} is in use; the demo is on \\d+ instead\\.`))
  const url = await serving.printed(/Provider +(\S+)/)
  t.like(await (await fetch(`${url}/.well-known/openid-configuration`)).json(), { issuer: url })
  const demo = await fetch(await serving.printed(/Demo +(\S+)/))
  t.is(demo.status, 200)
})

test.serial('with PUBLIC_URL set, a port in use is an error that names the port', async t => {
  const env = await newcomer(t)
  await occupy(t, env.PORT ?? '')
  const { code, stdout, stderr } = await gatehouse(['serve'], { ...env, PUBLIC_URL: 'http://localhost:4999' })
  t.is(code, 6)
  t.is(stdout, '')
  t.regex(stderr, new RegExp(`^gatehouse: port ${env.PORT} is in use by another program\n.*PORT `))
})

embedded('serve --json prints the addresses as one line of JSON', async t => {
  const env = await newcomer(t)
  const serving = new Serving(env, ['--json', '--no-demo'])
  t.teardown(() => serving.stop('SIGKILL'))
  const line = await serving.printed(/^(\{.*\})\n/)
  t.like(JSON.parse(line), { url: `http://localhost:${env.PORT}`, demoUrl: null, setupPending: true })
  t.is(await serving.stop(), 0)
})

embedded('--port sets the port, and configuration errors are printed without a stack trace', async t => {
  const env = await newcomer(t)
  const port = await freePort()
  const serving = await serve(t, env, '--port', String(port), '--no-demo')
  t.is((await fetch(`http://localhost:${port}/readyz`)).status, 200)
  t.notRegex(serving.output, /Demo/)
  const wrong = await gatehouse(['serve'], { ...env, PUBLIC_URL: 'nonsense', PORT: '0' })
  t.is(wrong.code, 6)
  t.regex(wrong.stderr, /^gatehouse: The configuration has 2 mistakes\./)
  t.notRegex(wrong.stderr, /\n +at /)
})
