import { EXIT_CODES } from './exit-codes.ts'
import { usageError } from './failures.ts'
import { didYouMean } from './nearest.ts'
import { Output } from './output.ts'
import { exitCodesText, reference } from './reference.ts'
import type { Verb } from './verb.ts'
import { globalOptions, type Session } from './with-app.ts'

/** Help on a command, on a topic, or all of it as one document. */
export function helpCommand(program: Verb, session: Session): void {
  program
    .command('help [command...]')
    .description('help on a command, or on exit-codes')
    .option('--markdown', 'the whole reference as one document')
    .example('help clients add', 'help exit-codes', 'help --markdown')
    .action((...args: unknown[]) => {
      const [words, { markdown }] = args as [string[], { markdown?: true }]
      const out = new Output(session.io, globalOptions(args).json === true)
      if (markdown) return session.io.out(reference(program))
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
        'All there are: gatehouse --help',
      )
    }
    verb = inner
  }
  return verb
}
