import { Command, type ErrorOptions } from 'commander'
import { didYouMean } from './nearest.ts'

/** A command that shows how it is used. */
export class Verb extends Command {
  readonly examples: string[] = []

  override createCommand(name?: string): Verb {
    return new Verb(name)
  }

  /** A group of commands around one noun; it does nothing by itself. */
  noun(name: string, description: string): Verb {
    return this.command(name).description(description).helpCommand(false)
  }

  /** Whole command lines, without the leading `gatehouse`. */
  example(...lines: string[]): this {
    this.examples.push(...lines.map(line => `gatehouse ${line}`))
    return this
  }

  /** An argument of this one may begin with a dash, as one in 64 of our keys does, and is no option then. */
  dashedArgument(): this {
    return this.allowUnknownOption()
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

  /** What was probably meant is said too, where the library says nothing of it: a word of a list, or a word not known. */
  override error(message: string, options?: ErrorOptions): never {
    return super.error(message + this.#hint(message, options?.code), options)
  }

  #hint(message: string, code: string | undefined): string {
    const [, given = '', choices = ''] = /'([^']*)' is invalid.* Allowed choices are (.*)\.$/.exec(message) ?? []
    if (choices) return didYouMean(given, choices.split(', '))
    if (code === 'commander.missingMandatoryOptionValue') return this.#misspeltOption(message)
    const known = code === 'commander.unknownCommand' && !message.includes('Did you mean')
    return known ? `\nThere are: ${this.verbs.map(verb => verb.name()).join(', ')}.` : ''
  }

  /** A required option that is missing may stand there with a mistake in it. */
  #misspeltOption(message: string): string {
    const [, wanted = ''] = /'(--[a-z-]+)/.exec(message) ?? []
    const known = this.options.map(({ long }) => long)
    const unknown = this.args.filter(word => word.startsWith('--') && !known.includes(word))
    const meant = unknown.find(word => didYouMean(word, [wanted]))
    return meant ? `\n(Did you mean ${wanted} by ${meant}?)` : ''
  }

  override helpInformation(): string {
    const examples = this.examples.map(line => `  $ ${line}\n`).join('')
    return super.helpInformation() + (examples && `\nExamples:\n${examples}`)
  }
}
