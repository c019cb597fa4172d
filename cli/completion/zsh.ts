import { type Completions, quoted, steps, valued, type Word } from './words.ts'

export function zsh(all: readonly Completions[]): string {
  const values = valued(all).map(({ words, value }) => `    ${quoted(words)}) ${offer(value)}; return ;;`)
  const offers = all.map(({ path, commands, options, choices }) => {
    const words = [...commands, ...choices.map(text => ({ text, description: '' }))]
    return `    ${quoted(path)}) commands=(${described(words)}); options=(${described(options)}) ;;`
  })
  return `#compdef gatehouse
# Completes gatehouse in zsh.
_gatehouse() {
  local word at= previous="$words[CURRENT-1]"
  local -a commands options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${steps(all).map(quoted).join('|')})
        at="\${at:+$at }$word" ;;
    esac
  done
  case "$at $previous" in
${values.join('\n')}
  esac
  case "$at" in
${offers.join('\n')}
  esac
  (( $#commands )) && _describe -t commands 'command' commands
  _describe -t options 'option' options
}
if [[ "$funcstack[1]" == _gatehouse ]]; then _gatehouse "$@"; else compdef _gatehouse gatehouse; fi
`
}

function offer(value: 'file' | 'text' | readonly string[]): string {
  if (value === 'text') return ':'
  return value === 'file' ? '_files' : `compadd -- ${value.map(quoted).join(' ')}`
}

/** `name:description`, as `_describe` expects them. */
function described(words: readonly Word[]): string {
  const escaped = (text: string) => text.replaceAll(':', '\\:')
  return words
    .map(({ text, description }) => quoted(description ? `${escaped(text)}:${description}` : escaped(text)))
    .join(' ')
}
