import { Command, type ErrorOptions, type OptionValues } from 'commander'
import type { Account } from '../../src/accounts/account.ts'
import type { App } from '../../src/app.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import { type CliError, usageError } from './failures.ts'
import type { Io } from './io.ts'
import { inOptions } from './option-names.ts'
import { Output } from './output.ts'
import { confirm } from './prompts.ts'
import type { Session } from './session.ts'
import { withHint } from './suggestions.ts'
import { NOTHING } from './values.ts'

/** Passed to every command. */
export interface Plain {
  io: Io
  out: Output
  session: Session
}

/** Passed to a command that uses the app. */
export interface Work extends Plain {
  app: App
  /** Asks yes or no, or for `word` to be typed, unless --yes was given. @throws Interrupted where the answer is no */
  confirm(question: string, word?: string): Promise<void>
}

/** A command that needs an argument has at least one example. */
type Examples<Usage> = Usage extends `${string} <${string}` ? [string, ...string[]] : string[]

/**
 * A command of the command line. A noun holds verbs; a verb has a description, examples, and one thing that it runs.
 */
export class Verb extends Command {
  readonly #session: Session
  /** The arguments of each example. */
  #arguments: string[] = []
  #bare = true

  constructor(session: Session, name?: string) {
    super(name)
    this.#session = session
  }

  override createCommand(name?: string): Verb {
    return new Verb(this.#session, name)
  }

  /** A group of commands around one noun; it does nothing by itself. */
  noun(name: string, description: string): Verb {
    return this.command(name).description(description).helpCommand(false)
  }

  /** @param examples the arguments of each example; a command that needs none is also shown without arguments */
  verb<Usage extends string>(usage: Usage, description: string, ...examples: Examples<Usage>): Verb {
    const verb = this.command(usage).description(description)
    verb.#arguments = examples
    return verb
  }

  /** Whole command lines for the help. */
  get examples(): string[] {
    const needsMore = !this.#bare || this.registeredArguments.some(({ required }) => required)
    const examples = [...(needsMore ? [] : ['']), ...this.#arguments]
    const confirmed = this.options.some(({ long }) => long === '--yes') ? [`${examples[0]} --yes`] : []
    return [...examples, ...confirmed].map(given => `gatehouse ${this.path} ${given.trim()}`.trim())
  }

  /** Accepts an argument that begins with a dash, as one in 64 generated keys does; it is not read as an option. */
  dashedArgument(): this {
    return this.allowUnknownOption()
  }

  /** Needs some argument or option, but no particular one: the help has no example without any. */
  neverBare(): this {
    this.#bare = false
    return this
  }

  /** Asks before it does something that cannot be undone. */
  confirmed(): this {
    return this.option('--yes', 'Do not ask for confirmation')
  }

  /** Adds `PasswordOptions`, which give a password without a terminal. */
  withPassword(): this {
    return this.option('--password-stdin', 'Read the password from standard input')
      .option('--password-file <file>', 'Read the password from a file')
      .option('--password <value>', 'The password itself; refused in production, where the process list would show it')
  }

  /** Runs with the app. All of `work`, including its questions, may happen in another process. */
  run<A extends unknown[]>(
    work: (work: Work, ...args: A) => void | Promise<void>,
    { migrate = true }: { migrate?: boolean } = {},
  ): this {
    const session = this.#session
    const { io, host } = session
    return this.action(async (...args: unknown[]) => {
      if (this.name() === 'update' && Object.keys(this.opts()).length === 0) throw nothingToChange(this)
      const { verbose = false } = this.optsWithGlobals<{ verbose?: true }>()
      session.exitCode = await host.use(session, { migrate, verbose }, async app => {
        const options = this.opts<{ yes?: true }>()
        try {
          const ask = (question: string, word?: string) => confirm(io, options, question, word)
          await work({ ...this.#plain(), app, confirm: ask }, ...(args as A))
        } catch (error) {
          throw error instanceof InvalidInput ? inOptions(error, this) : error
        }
      })
    })
  }

  /** The same for a command whose first argument names an account, by its email, username or ID. */
  runOnAccount<A extends unknown[]>(work: (work: Work, account: Account, ...args: A) => void | Promise<void>): this {
    return this.run(async (tools, name: string, ...args: A) =>
      work(tools, await tools.app.accounts.find(name), ...args),
    )
  }

  /** Has null for an option that unsets a value. A parser cannot return null: Commander turns it into an empty string. */
  override opts<T extends OptionValues>(): T {
    const values = Object.entries(super.opts())
    return Object.fromEntries(values.map(([name, value]) => [name, value === NOTHING ? null : value])) as T
  }

  /** Runs without the app. */
  runPlain<A extends unknown[]>(work: (work: Plain, ...args: A) => void | Promise<void>): this {
    return this.action((...args: unknown[]) => work(this.#plain(), ...(args as A)))
  }

  #plain(): Plain {
    const { json, jsonl } = this.optsWithGlobals<{ json?: true; jsonl?: true }>()
    const format = jsonl ? 'jsonl' : json ? 'json' : 'text'
    return { io: this.#session.io, out: new Output(this.#session.io, format), session: this.#session }
  }

  /** The commands inside this one. */
  get verbs(): Verb[] {
    return this.commands.filter(command => command instanceof Verb)
  }

  /** The words that call it, without the leading `gatehouse`. */
  get path(): string {
    const before = this.parent instanceof Verb ? this.parent.path : ''
    return this.parent ? `${before} ${this.name()}`.trim() : ''
  }

  override error(message: string, options?: ErrorOptions): never {
    return super.error(withHint(message, options?.code, this), options)
  }

  override helpInformation(): string {
    const examples = this.verbs.length > 0 ? [] : this.examples.map(line => `  $ ${line}\n`)
    return super.helpInformation() + (examples.length > 0 ? `\nExamples:\n${examples.join('')}` : '')
  }
}

function nothingToChange(verb: Verb): CliError {
  const options = verb.options.map(({ long }) => long).filter(long => long !== undefined)
  const most = options.length > 4 ? [...options.slice(0, 3), 'another option of --help'] : options
  return usageError('nothing to change', `Give ${most.join(', ').replace(/, ([^,]*)$/, ' or $1')}.`)
}
