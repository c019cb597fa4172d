import type { Verb } from '../kit/verb.ts'

export interface Word {
  text: string
  description: string
}

export interface CompletedOption extends Word {
  /** What follows the option: nothing, a file, one of these words, or any text. */
  value: 'none' | 'file' | 'text' | readonly string[]
}

/** What can follow the words of a command. */
export interface Completions {
  /** The words without the leading `gatehouse`; empty for the program itself. */
  path: string
  commands: Word[]
  options: CompletedOption[]
  /** The words that its first argument can be, if it takes no others. */
  choices: readonly string[]
}

/** The program and each of its commands. */
export function completionsOf(program: Verb): Completions[] {
  const everywhere = optionsOf(program)
  const all = (verb: Verb): Completions[] => [
    {
      path: verb.path,
      commands: verb.verbs.map(inner => ({ text: inner.name(), description: inner.description() })),
      options:
        verb === program ? everywhere : [...optionsOf(verb), ...everywhere.filter(({ text }) => text !== '--version')],
      choices: verb.registeredArguments[0]?.argChoices ?? [],
    },
    ...verb.verbs.flatMap(all),
  ]
  return all(program)
}

function optionsOf(verb: Verb): CompletedOption[] {
  const help = verb.parent ? [] : [{ text: '--help', description: 'Show help', value: 'none' as const }]
  const own = verb.options.map(({ long, description, flags, argChoices, required, optional }): CompletedOption => {
    const takesValue = required || optional
    const value = argChoices ?? (flags.includes('<file>') ? 'file' : 'text')
    return { text: long ?? '', description, value: takesValue ? value : 'none' }
  })
  return [...own, ...help]
}

/** Each command as the words before its last one and that word, such as `accounts list`; ` accounts` for the first. */
export function steps(all: readonly Completions[]): string[] {
  return all.flatMap(({ path, commands }) => commands.map(({ text }) => `${path} ${text}`))
}

/** Each option that takes a value, after the words of its command. */
export function valued(
  all: readonly Completions[],
): { words: string; value: Exclude<CompletedOption['value'], 'none'> }[] {
  return all.flatMap(({ path, options }) =>
    options.flatMap(({ text, value }) => (value === 'none' ? [] : [{ words: `${path} ${text}`, value }])),
  )
}

/** In single quotes, for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
