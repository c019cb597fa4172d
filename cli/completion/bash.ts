import { type Completions, quoted, steps, valued } from './words.ts'

export function bash(all: readonly Completions[]): string {
  const values = valued(all).map(({ words, value }) => `    ${quoted(words)}) ${offer(value)}; return ;;`)
  const offers = all.map(({ path, commands, options, choices }) => {
    const words = [...commands.map(({ text }) => text), ...choices, ...options.map(({ text }) => text)]
    return `    ${quoted(path)}) words=${quoted(words.join(' '))} ;;`
  })
  return `# Completes gatehouse in bash.
_gatehouse() {
  local word at= words= current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${steps(all).map(quoted).join('|')})
        at="\${at:+$at }$word" ;;
    esac
  done
  COMPREPLY=()
  case "$at $previous" in
${values.join('\n')}
  esac
  case "$at" in
${offers.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _gatehouse gatehouse
`
}

function offer(value: 'file' | 'text' | readonly string[]): string {
  if (value === 'text') return ':'
  const from = value === 'file' ? '-f' : `-W ${quoted(value.join(' '))}`
  return `mapfile -t COMPREPLY < <(compgen ${from} -- "$current")`
}
