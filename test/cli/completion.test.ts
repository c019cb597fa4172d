import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type CommandLine, openCommandLine } from './command-line.ts'

let cli: CommandLine
test.before(async () => {
  cli = await openCommandLine()
})
test.after.always(() => cli?.stop())

type Shell = 'bash' | 'zsh' | 'fish'

/** What each shell offers for a command line whose last word is being typed, in the shell itself. */
const ASK: Record<Shell, (words: string[], script: string) => string> = {
  bash: (words, script) => `
    source ${script}
    COMP_WORDS=(${words.map(quoted).join(' ')}) COMP_CWORD=${words.length - 1}
    _gatehouse
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // The functions of its completion system need a terminal, so they only print here.
  zsh: (words, script) => `
    compdef() { :; }
    _describe() { print -rl -- \${(P)@[-1]}; }
    compadd() { print -rl -- "\${@[2,-1]}"; }
    _files() { print -r -- FILES; }
    source ${script}
    words=(${words.map(quoted).join(' ')}) CURRENT=${words.length}
    _gatehouse`,
  fish: (words, script) => `source ${script}; complete -C ${quoted(words.join(' '))}`,
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

function has(shell: Shell): boolean {
  try {
    execFileSync(shell, ['-c', 'true'])
    return true
  } catch {
    return false
  }
}

async function offered(t: ExecutionContext, shell: Shell, line: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-completion-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const script = join(folder, 'script')
  writeFileSync(script, (await cli.run(`completion ${shell}`)).out)
  writeFileSync(join(folder, 'keys.json'), '{}')
  const asked = ASK[shell](['gatehouse', ...line.split(' ')], script)
  const answer = execFileSync(shell, ['-c', asked], { encoding: 'utf8', cwd: folder })
  return answer
    .split('\n')
    .map(word => word.split(/[\t:]/)[0]!)
    .filter(Boolean)
}

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  test.runIf(has(shell))(`${shell} completes commands, options, and the values of options`, async t => {
    const words = (line: string) => offered(t, shell, line)
    const nouns = await words('')
    for (const noun of ['accounts', 'clients', 'serve', 'completion']) t.true(nouns.includes(noun), noun)
    const verbs = await words('accounts roles ')
    for (const verb of ['list', 'add', 'remove']) t.true(verbs.includes(verb), verb)
    t.false(verbs.includes('clients'), 'commands of another place are not offered')
    const options = await words('--json clients add Wiki --')
    for (const option of ['--profile', '--redirect-uri', '--json', '--help']) t.true(options.includes(option), option)
    t.false(options.includes('--limit'))
    t.deepEqual((await words('clients add --profile ')).toSorted(), ['machine', 'native', 'spa', 'web'])
    t.true((await words('completion ')).includes('zsh'))
    t.deepEqual(await words('clients add --redirect-uri '), [], 'free text is not guessed')
    const file = await words('clients add --jwks-file ')
    t.true(file.includes(shell === 'zsh' ? 'FILES' : 'keys.json'))
  })
}

test('an unknown shell is refused with those that there are', async t => {
  const { code, err } = await cli.run('completion csh')
  t.is(code, 2)
  t.regex(err, /bash, zsh, fish/)
})
