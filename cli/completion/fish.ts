import { type CompletedOption, type Completions, steps } from './words.ts'

export function fish(all: readonly Completions[]): string {
  const lines = all.flatMap(({ path, commands, options, choices }) => {
    const here = `complete -c gatehouse -n ${quoted(`__gatehouse_at ${quoted(path)}`)}`
    return [
      ...commands.map(({ text, description }) => `${here} -a ${quoted(text)} -d ${quoted(description)}`),
      ...(choices.length > 0 ? [`${here} -a ${quoted(choices.join(' '))}`] : []),
      ...options.map(option => `${here} ${flag(option)} -d ${quoted(option.description)}`),
    ]
  })
  return `# Completes gatehouse in fish.
function __gatehouse_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${steps(all).map(quoted).join(' ')}
        set at (string trim -- "$at $word")
    end
  end
  test "$at" = "$argv[1]"
end
complete -c gatehouse -f
${lines.join('\n')}
`
}

function flag({ text, value }: CompletedOption): string {
  const name = `-l ${text.slice(2)}`
  if (value === 'none') return name
  if (value === 'file') return `${name} -r -F`
  return value === 'text' ? `${name} -x` : `${name} -x -a ${quoted(value.join(' '))}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
