import { EXIT_CODES } from './kit/exit-codes.ts'
import { usageError } from './kit/failures.ts'
import { didYouMean } from './kit/suggestions.ts'
import type { Verb } from './kit/verb.ts'

/** Help on a command, on a topic, or the whole reference as one document. */
export function helpCommand(program: Verb): void {
  program
    .verb('help [command...]', 'Show help on a command, or on exit-codes', 'clients add', 'exit-codes', '--markdown')
    .option('--markdown', 'Print the whole reference as one document')
    .runPlain(({ io, out }, words: string[], { markdown }: { markdown?: true }) => {
      if (markdown) return io.out(reference(program))
      const exitCodes = EXIT_CODES.map(({ code, meaning }) => `${String(code).padStart(5)}  ${meaning}\n`)
      if (words[0] === 'exit-codes') return out.text(EXIT_CODES, exitCodes.join(''))
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

/** `docs/reference/cli.md`, printed from the commands themselves by `gatehouse help --markdown`. */
function reference(program: Verb): string {
  const intro = [
    '# Command line',
    '',
    'Printed by `gatehouse help --markdown`. In a checkout, `gatehouse` is `node bin/gatehouse.js`, or `npx gatehouse`.',
    '',
    program.description(),
    '',
    'All commands accept these options:',
    '',
    ...optionList(program),
    '',
    'Answers go to standard output; prompts, warnings and errors go to standard error. Passwords are prompted for, or read',
    'from standard input or a file. Commands work while `gatehouse serve` is running, also with the embedded database:',
    'the server then runs them.',
    '',
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    ...EXIT_CODES.map(({ code, meaning }) => `| ${code} | ${meaning} |`),
  ]
  const sections = program.verbs.flatMap(verb => section(verb, 2))
  return `${[...intro, ...sections].join('\n')}\n`
}

function section(verb: Verb, level: number): string[] {
  const head = ['', `${'#'.repeat(level)} gatehouse ${verb.path}`, '', `${verb.description()}.`]
  if (verb.verbs.length > 0) return [...head, ...verb.verbs.flatMap(inner => section(inner, level + 1))]
  const options = optionList(verb)
  return [
    ...head,
    '',
    '```sh',
    `gatehouse ${[verb.path, verb.usage()].join(' ')}`,
    '```',
    ...(options.length > 0 ? ['', ...options] : []),
    '',
    'For example:',
    '',
    '```sh',
    ...verb.examples,
    '```',
  ]
}

function optionList(verb: Verb): string[] {
  return verb.options.map(option => {
    const choices = option.argChoices ? ` (${option.argChoices.join(', ')})` : ''
    const usual = option.defaultValue === undefined ? '' : ` (default: ${option.defaultValue})`
    return `- \`${option.flags}\`: ${option.description}${choices}${usual}`
  })
}
