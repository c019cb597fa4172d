import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openPage } from '../../test/support/chromium.ts'
import { Daemon } from '../../test/support/daemon.ts'
import { freePort } from '../../test/support/programs.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { build, type Recipe } from './builds.ts'
import { execute } from './execute.ts'
import type { Client, Person, Preset, Provider } from './provider.ts'
import type { Report } from './report.ts'
import type { Toolchain } from './toolchains.ts'

/** A relying party that others wrote, connected to Gatehouse as its own documentation says. */
export interface Program {
  /** The name to run it by, and its folder in `connect/apps`. */
  name: string
  needs: readonly Toolchain[]
  connect(connection: Connection): Promise<void>
}

interface Start {
  cwd: string
  port: number
  env?: Record<string, string>
}

/** One program with what it needs in a run: a person, registrations, browsers, processes. All of it ends with `close`. */
export class Connection {
  readonly name: string
  readonly provider: Provider
  readonly person: Person
  readonly #browser: Browser
  readonly #report: Report
  readonly #ends: (() => unknown)[] = []
  readonly #processes: Daemon[] = []
  readonly #clients: Client[] = []
  readonly #complaints: string[][] = []

  private constructor(name: string, person: Person, { provider, browser, report }: Context) {
    this.name = name
    this.person = person
    this.provider = provider
    this.#browser = browser
    this.#report = report
  }

  static async open(name: string, context: Context): Promise<Connection> {
    return new Connection(name, await context.provider.addPerson(name), context)
  }

  get issuer(): string {
    return this.provider.issuer
  }

  /** Installs or builds the application in `connect/apps`. @returns its folder */
  async build(recipe: Recipe, app = this.name): Promise<string> {
    const begun = performance.now()
    const folder = await build(app, recipe)
    this.#report.note(this.name, `${app} is installed`, secondsSince(begun))
    return folder
  }

  /** Registers it, with the options of `gatehouse clients add`. */
  async register<Registered extends Client = Client>(...options: string[]): Promise<Registered> {
    const add = ['clients', 'add', `The ${this.name} app`, ...options]
    const client = await this.provider.command<Registered>(...add)
    this.#clients.push(client)
    return client
  }

  /** Registers it for a program that Gatehouse knows. @returns the client, with the configuration that is printed */
  preset(name: string, ...options: string[]): Promise<Preset> {
    return this.register<Preset>('--for', name, ...options)
  }

  freePort(): Promise<number> {
    return freePort()
  }

  /** An empty folder for the data of the program. */
  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), `gatehouse-${this.name}-`))
    this.#ends.push(() => rm(folder, { recursive: true, force: true }))
    return folder
  }

  /** Runs a command of the program until it ends. @returns what it printed */
  run(command: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<string> {
    return execute(command, cwd, env)
  }

  /** Starts a process of the program, and waits until it listens. */
  async start(program: string, args: readonly string[], { cwd, port, env = {} }: Start): Promise<void> {
    const daemon = new Daemon(program, args, { cwd, env })
    this.#processes.push(daemon)
    this.#ends.push(() => daemon.stop())
    const begun = performance.now()
    await daemon.listening(port)
    this.#report.note(this.name, 'listens', secondsSince(begun))
  }

  /** A browser of the person, without any data. */
  async open(): Promise<Page> {
    const { page, context, complaints } = await openPage(this.#browser)
    this.#complaints.push(complaints)
    this.#ends.push(() => context.close())
    page.setDefaultTimeout(PATIENCE)
    return page
  }

  /** What Gatehouse logged since `since`, the length of its log at that time, without lines about other programs. */
  logged(since: number): string[] {
    const ofOthers = (line: string) => /"client_/.test(line) && !this.#clients.some(({ id }) => line.includes(id))
    return this.provider.log
      .slice(since)
      .split('\n')
      .filter(line => !ofOthers(line))
  }

  /** Waits for a line of the log about this client. */
  async logs(since: number, { id }: Client, wanted: RegExp): Promise<void> {
    const found = () => this.logged(since).some(line => line.includes(id) && wanted.test(line))
    await waitFor(found, { seconds: 20, what: () => `no line of the log about the client matches ${wanted}` })
  }

  async check(title: string, work: () => Promise<unknown>): Promise<void> {
    const [begun, since] = [performance.now(), this.provider.log.length]
    try {
      await work()
      this.#report.pass(this.name, title, secondsSince(begun))
    } catch (error) {
      this.#report.fail(this.name, title, secondsSince(begun), error, this.evidence(since))
    }
  }

  /** What the program printed, and what Gatehouse logged since then. */
  evidence(since = 0): string {
    const printed = this.#processes.map(daemon => daemon.output.slice(-2000)).join('\n')
    const complaints = this.#complaints.flat().join('\n')
    return `The program printed:\n${printed}\nThe browser reported:\n${complaints}\nGatehouse logged:\n${this.logged(since).join('\n')}`
  }

  async close(): Promise<void> {
    for (const end of this.#ends.reverse()) await end()
  }
}

export interface Context {
  provider: Provider
  browser: Browser
  report: Report
}

/** Milliseconds for a page to appear. */
const PATIENCE = 40_000

export function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000
}
