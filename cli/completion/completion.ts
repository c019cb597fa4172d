import { Argument } from 'commander'
import type { Verb } from '../kit/verb.ts'
import { bash } from './bash.ts'
import { fish } from './fish.ts'
import { completionsOf } from './words.ts'
import { zsh } from './zsh.ts'

const SHELLS = { bash, zsh, fish }
type Shell = keyof typeof SHELLS

/** Scripts that complete commands, options and their values. All words are in the script, so that a Tab starts no process. */
export function completionCommand(program: Verb): void {
  program
    .verb('completion', 'Print a script that completes commands in bash, zsh or fish', ...EXAMPLES)
    .addArgument(new Argument('<shell>', 'Shell').choices(Object.keys(SHELLS)))
    .runPlain(({ io }, shell: Shell) => io.out(SHELLS[shell](completionsOf(program))))
}

const EXAMPLES = [
  'bash > /etc/bash_completion.d/gatehouse',
  'zsh > ~/.zsh/completions/_gatehouse',
  'fish > ~/.config/fish/completions/gatehouse.fish',
] as const
