/**
 * `npm run schemathesis`: Schemathesis sends requests to the API for administrators of a server of its own, made
 * from the OpenAPI document, and compares the answers with the document. It needs Python 3 with venv; what it installs is
 * kept between runs, and can be removed at any time.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gatehouse, Serving } from '../support/command.ts'
import { PASSWORD } from '../support/people.ts'
import { freePort } from '../support/programs.ts'

const SEED = '1'
/** Seconds, for all operations together. */
const LONGEST = '60'
const PEOPLE = 12
const SUPERUSER = 'root@example.org'

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url))
const CHECKS = fileURLToPath(new URL('schemathesis.toml', import.meta.url))

const folder = await mkdtemp(join(tmpdir(), 'gatehouse-schemathesis-'))
const port = String(await freePort())
const env = {
  ...{ DATA_DIR: folder, PORT: port, DEMO_PORT: 'off', PUBLIC_URL: `http://localhost:${port}` },
  ...{ API_LIMIT_ADMIN: '1000000/1m', API_LIMIT_IP: '1000000/1m' },
  // A busy machine is no fault of the API.
  ...{ DATABASE_CONNECT_TIMEOUT: '60s', DATABASE_STATEMENT_TIMEOUT: '60s', REDIS_TIMEOUT: '60s' },
}
try {
  const st = await install()
  await command(['create-superuser', SUPERUSER, '--password-stdin'], PASSWORD)
  const serving = new Serving(env)
  await serving.printed(/Ctrl-C to stop/)
  const passed = await check(st)
  await serving.stop()
  console.log(passed ? '1 passed, 0 failed' : '0 passed, 1 failed')
  process.exitCode = passed ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** @returns the program */
async function install(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gatehouse-schemathesis')
  if (!existsSync(join(cache, 'bin', 'python'))) await run('python3', ['-m', 'venv', cache])
  const quietly = ['--quiet', '--disable-pip-version-check']
  if (!(await run(join(cache, 'bin', 'pip'), ['install', ...quietly, '-r', REQUIREMENTS])))
    throw new Error('Schemathesis could not be installed')
  return join(cache, 'bin', 'st')
}

async function check(st: string): Promise<boolean> {
  const token = (await command(['access-token', SUPERUSER])).trim()
  const api = `http://localhost:${port}/api`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  for (let i = 1; i <= PEOPLE; i++) {
    const body = JSON.stringify({ email: `person${i}@example.org`, username: `person${i}` })
    const { status } = await fetch(`${api}/v1/accounts`, { method: 'POST', headers, body })
    if (status !== 201) throw new Error(`an account could not be created: ${status}`)
  }
  const options = [
    '--seed',
    SEED,
    '--max-time',
    LONGEST,
    '--max-examples',
    '20',
    '--report-dir',
    join(folder, 'report'),
  ]
  return run(st, ['--config-file', CHECKS, 'run', `${api}/openapi.json`, ...options], { TOKEN: token })
}

async function command(args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await gatehouse(args, env, input)
  if (code !== 0) throw new Error(`gatehouse ${args[0]} failed: ${stderr}`)
  return stdout
}

/** @returns whether it succeeded */
async function run(program: string, args: readonly string[], more: Record<string, string> = {}): Promise<boolean> {
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...more }, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return code === 0
}
