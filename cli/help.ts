import { EXIT_CODES } from './kit/exit-codes.ts'
import { usageError } from './kit/failures.ts'
import { exitCodesText, reference } from './kit/reference.ts'
import { didYouMean } from './kit/suggestions.ts'
import type { Verb } from './kit/verb.ts'

/** Help on a command, on a topic, or the whole reference as one document. */
export function helpCommand(program: Verb): void {
  program
    .verb(
      'help [command...]',
      'Show help on a command, or on exit-codes',
      'help clients add',
      'help exit-codes',
      'help --markdown',
    )
    .option('--markdown', 'Print the whole reference as one document')
    .runPlain(({ io, out }, words: string[], { markdown }: { markdown?: true }) => {
      if (markdown) return io.out(reference(program))
      if (words[0] === 'exit-codes') return out.text(EXIT_CODES, exitCodesText())
      find(program, words).outputHelp()
    })
}

function find(program: Verb, words: readonly string[]): Verb {
  let verb = program
  for (const word of words) {
    const inner = verb.verbs.find(candidate => candidate.name() === word)
    if (!inner) {
      const hint = didYouMean(word, [...verb.verbs.map(candidate => candidate.name()), 'exit-codes'])
      throw usageError(
        `there is no command ${JSON.stringify(words.join(' '))}${hint}`,
        'For all commands: gatehouse --help',
      )
    }
    verb = inner
  }
  return verb
}
