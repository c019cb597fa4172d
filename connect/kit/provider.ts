import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gatehouse, Serving } from '../../test/support/command.ts'
import { freePort } from '../../test/support/programs.ts'

export interface Client {
  id: string
  secret: string
}

/** A client that was registered for a program that Gatehouse knows. */
export interface Preset extends Client {
  /** What is printed for the person to paste into the program. */
  configuration: readonly { where: string; text: string }[]
}

export interface Person {
  id: string
  email: string
  username: string
  password: string
}

/**
 * A Gatehouse as an operator runs it: a process with embedded storage on http://localhost, which knows only what its
 * command line was given. Applications on this machine may be notified of a sign-out, which OUTBOUND_ALLOW has to say.
 */
export class Provider {
  readonly #env: Record<string, string>
  readonly #serving: Serving
  readonly #folder: string
  readonly issuer: string

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.issuer = `http://localhost:${port}`
    this.#env = { DATA_DIR: join(folder, 'data'), PORT: String(port), DEMO_PORT: 'off', OUTBOUND_ALLOW: 'localhost' }
    this.#serving = new Serving(this.#env)
  }

  static async start(): Promise<Provider> {
    const provider = new Provider(await mkdtemp(join(tmpdir(), 'gatehouse-connect-')), await freePort())
    await provider.#serving.printed(/Ctrl-C to stop/)
    await provider.command('create-superuser', 'root@example.org', '--password', 'nine plain words for the root')
    await provider.command('roles', 'create', 'editor')
    return provider
  }

  /** Runs a command, and returns the JSON that it prints. */
  async command<T = unknown>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await gatehouse([...args, '--json'], this.#env)
    if (code !== 0) throw new Error(`gatehouse ${args.join(' ')}\n${stderr}`)
    return JSON.parse(stdout)
  }

  /** A person with the role `editor`. */
  async addPerson(username: string): Promise<Person> {
    const [email, password] = [`${username}@example.org`, 'a horse that is rarely correct']
    const account = ['--name', 'Ada Lovelace', '--username', username, '--verified', '--password', password]
    const { id } = await this.command<{ id: string }>('accounts', 'register', email, ...account)
    await this.command('accounts', 'roles', 'add', email, 'editor')
    return { id, email, username, password }
  }

  /** Everything it has logged so far. */
  get log(): string {
    return this.#serving.output
  }

  async stop(): Promise<void> {
    await this.#serving.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
