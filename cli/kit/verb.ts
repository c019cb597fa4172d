import { Command, type ErrorOptions } from 'commander'
import type { App } from '../../src/app.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import type { Io } from './io.ts'
import { inOptions } from './option-names.ts'
import { Output } from './output.ts'
import { confirm, confirmByTyping } from './prompts.ts'
import type { Session } from './session.ts'
import { didYouMean } from './suggestions.ts'

/** What every command gets. */
export interface Plain {
  io: Io
  out: Output
  session: Session
}

/** What a command that works on the product gets too. */
export interface Work extends Plain {
  app: App
  /** Asks yes or no, unless --yes was given. @throws Interrupted where the answer is no */
  confirm(question: string): Promise<void>
  /** The same where a word has to be typed. @throws Interrupted where it is another one */
  confirmByTyping(warning: string, word: string): Promise<void>
}

/**
 * A command of the command line. A noun holds verbs; a verb has a description, examples, and one thing that it runs.
 */
export class Verb extends Command {
  readonly examples: string[] = []
  readonly #session: Session

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

  /** @param examples whole command lines, without the leading `gatehouse` */
  verb(usage: string, description: string, ...examples: [string, ...string[]]): Verb {
    const verb = this.command(usage).description(description)
    verb.examples.push(...examples.map(line => `gatehouse ${line}`))
    return verb
  }

  /** An argument may begin with a dash, as one in 64 of our keys does, and is then no option. */
  dashedArgument(): this {
    return this.allowUnknownOption()
  }

  /** Asks before it does something that cannot be undone. */
  confirmed(): this {
    return this.option('--yes', 'Do not ask for confirmation')
  }

  /** Takes a password, for use without a terminal. The options are `PasswordOptions`. */
  withPassword(): this {
    return this.option('--password-stdin', 'Read the password from standard input')
      .option('--password-file <file>', 'Read the password from a file')
      .option('--password <value>', 'The password itself; refused in production, where the process list would show it')
  }

  /** Runs on the product. All of `work`, including its questions, may happen in another process. */
  run<A extends unknown[]>(
    work: (work: Work, ...args: A) => void | Promise<void>,
    { migrate = true }: { migrate?: boolean } = {},
  ): this {
    const session = this.#session
    const { io, host } = session
    return this.action(async (...args: unknown[]) => {
      const { verbose = false } = this.optsWithGlobals<{ verbose?: true }>()
      session.exitCode = await host.use(session, { migrate, verbose }, async app => {
        const options = this.opts<{ yes?: true }>()
        try {
          await work(
            {
              ...this.#plain(),
              app,
              confirm: question => confirm(io, question, options),
              confirmByTyping: (warning, word) => confirmByTyping(io, warning, word, options),
            },
            ...(args as A),
          )
        } catch (error) {
          throw error instanceof InvalidInput ? inOptions(error, this) : error
        }
      })
    })
  }

  /** Runs without opening the product. */
  runPlain<A extends unknown[]>(work: (work: Plain, ...args: A) => void | Promise<void>): this {
    return this.action((...args: unknown[]) => work(this.#plain(), ...(args as A)))
  }

  #plain(): Plain {
    const { json = false } = this.optsWithGlobals<{ json?: true }>()
    return { io: this.#session.io, out: new Output(this.#session.io, json), session: this.#session }
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
    const [first = ''] = message.split('\n')
    if (options?.code === 'commander.unknownCommand') super.error(first + this.#commandsNear(first), options)
    return super.error(message + this.#hint(message, options?.code), options)
  }

  #commandsNear(message: string): string {
    const [, given = ''] = /'([^']*)'/.exec(message) ?? []
    const names = this.verbs.map(verb => verb.name())
    return didYouMean(given, names) || `\nCommands: ${names.join(', ')}.`
  }

  /** What was probably meant, where the library does not say so: a choice, or a misspelt required option. */
  #hint(message: string, code: string | undefined): string {
    const [, given = '', choices = ''] = /'([^']*)' is invalid.* Allowed choices are (.*)\.$/.exec(message) ?? []
    if (choices) return didYouMean(given, choices.split(', '))
    return code === 'commander.missingMandatoryOptionValue' ? this.#misspeltOption(message) : ''
  }

  #misspeltOption(message: string): string {
    const [, wanted = ''] = /'(--[a-z-]+)/.exec(message) ?? []
    const known = this.options.map(({ long }) => long)
    const unknown = this.args.filter(word => word.startsWith('--') && !known.includes(word))
    const meant = unknown.find(word => didYouMean(word, [wanted]))
    return meant ? `\n(Did you mean ${wanted} instead of ${meant}?)` : ''
  }

  override helpInformation(): string {
    const examples = this.examples.map(line => `  $ ${line}\n`).join('')
    return super.helpInformation() + (examples && `\nExamples:\n${examples}`)
  }
}
