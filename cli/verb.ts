import { Command } from 'commander'

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

  override helpInformation(): string {
    const examples = this.examples.map(line => `  $ ${line}\n`).join('')
    return super.helpInformation() + (examples && `\nExamples:\n${examples}`)
  }
}
