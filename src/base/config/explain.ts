import { type Setting, settings } from './settings.ts'

export type Format = 'text' | 'markdown' | 'json' | 'env'

const groups = [...Map.groupBy(settings, row => row.group)].map(([name, rows]) => ({ name, rows }))

/** Every setting, for people (`text`, `markdown`), for programs (`json`), or as `.env.example` (`env`). */
export function explainConfig({ format }: { format: Format }): string {
  return { text, markdown, json, env }[format]()
}

const fallback = ({ default: fixed, otherwise }: Setting) => fixed ?? otherwise ?? ''
const names = ({ name, file }: Setting) => (file ? `${name} or ${name}_FILE` : name)

function text(): string {
  return groups
    .map(group => [group.name.toUpperCase(), ...group.rows.map(paragraph)].join('\n\n'))
    .join('\n\n')
    .concat('\n')
}

function paragraph(row: Setting): string {
  const lines = [
    row.does,
    `expected: ${row.expected}`,
    `default:  ${fallback(row)}`,
    `example:  ${row.name}=${row.example}`,
  ]
  return [`  ${names(row)}`, ...lines.map(line => wrapped(line, '    '))].join('\n')
}

function markdown(): string {
  const cell = (content: string) => content.replaceAll('|', '\\|').replaceAll('<', '&lt;')
  const line = (row: Setting) => {
    const variable = row.file ? `\`${row.name}\` or \`${row.name}_FILE\`` : `\`${row.name}\``
    const standard = row.default == null ? cell(fallback(row)) : `\`${row.default}\``
    return `| ${variable} | ${cell(row.does)} | ${cell(row.expected)} | ${standard} | \`${row.example}\` |`
  }
  const head = '| Variable | What it does | Expected | Default | Example |\n|---|---|---|---|---|'
  return groups
    .map(group => [`## ${group.name}`, '', head, ...group.rows.map(line)].join('\n'))
    .join('\n\n')
    .concat('\n')
}

function json(): string {
  const records = settings.map(row => ({
    name: row.name,
    group: row.group,
    does: row.does,
    expected: row.expected,
    default: row.default ?? null,
    otherwise: row.otherwise ?? null,
    secret: row.secret != null,
    file: row.file ? `${row.name}_FILE` : null,
    example: row.example,
  }))
  return `${JSON.stringify(records, null, 2)}\n`
}

function env(): string {
  const intro =
    'Copy this file to .env and change what you need. Gatehouse also starts without any settings. For an explanation see docs/configuration.md.'
  const entry = (row: Setting) =>
    [
      wrapped(`${row.does} Expected: ${row.expected}. Default: ${fallback(row)}.`, '# '),
      `# ${row.name}=${row.default ?? row.example}`,
    ].join('\n')
  const section = ({ name, rows }: (typeof groups)[number]) => [`## ${name}`, ...rows.map(entry)].join('\n\n')
  return [wrapped(intro, '# '), ...groups.map(section)].join('\n\n').concat('\n')
}

/** Lines of at most 100 characters, broken between words. */
function wrapped(content: string, indent: string): string {
  const lines = ['']
  for (const word of content.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && indent.length + last.length + word.length + 1 > 100) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.map(line => indent + line).join('\n')
}
