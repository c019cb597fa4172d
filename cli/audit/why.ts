import type { RefusedRequest } from '../../src/requests/refused-request.ts'
import { HOURS, type RequestReport } from '../../src/requests/request-reports.ts'
import { aligned, printable } from '../kit/output.ts'
import type { Verb } from '../kit/verb.ts'

/** What happened in a request: why it was refused, and its audit events. */
export function whyCommand(program: Verb): void {
  program
    .verb(
      'why <request-id>',
      'Explain what happened in a request, by the ID on its error page, in its X-Request-Id header, or in the log',
      '4f1a60b2c9d3-7k',
      '4f1a60b2c9d3-7k --json',
    )
    .dashedArgument()
    .run(async ({ app, out }, id: string) => {
      const report = await app.requestReports.explain(id.trim())
      out.text(report, printable(text(report)))
    })
}

function text({ id, refusal, events }: RequestReport): string {
  const lines = events.map(({ at, success, words, kind, actor, subject, target }) => {
    const details = Object.entries({ by: actor, account: subject, target }).flatMap(([name, value]) =>
      value === null ? [] : [`${name} ${value}`],
    )
    return `  ${moment(at)}  ${words}${success ? '' : ' (failed)'}\n    ${[kind, ...details].join(', ')}\n`
  })
  const recorded = lines.length > 0 ? `\nRecorded\n${lines.join('')}` : ''
  return `Request ${id}\n${refusal ? refused(refusal) : notRefused()}${recorded}`
}

function refused({ at, method, route, status, error, problem, sent, others, expected, fix, ...who }: RefusedRequest) {
  const values = sent.map(({ name, value }) => [name, value ?? '(not shown)'] as const)
  const unknown = others > 0 ? [['others', `${others}, with names that are not known here`] as const] : []
  const all = [...values, ...unknown]
  return [
    `${moment(at)}  ${method} ${route}  ${status < 400 ? 'redirected' : 'answered'} with ${status} (${error})\n`,
    section('What happened', [problem]),
    section('What was expected', expected),
    section('What to do', fix === null ? [] : [fix]),
    all.length > 0 ? `\nWhat was sent\n${aligned(all)}` : '',
    `\nBy whom\n${aligned(Object.entries(who))}`,
    '\nThe log has this ID as requestId.\n',
  ].join('')
}

function notRefused(): string {
  return `It was not refused, or that was more than ${HOURS} hours ago.\n`
}

function section(title: string, lines: readonly string[]): string {
  return lines.length > 0 ? `\n${title}\n${lines.map(line => `  ${line}\n`).join('')}` : ''
}

function moment(at: Date | string): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString().replace(/\.\d+Z$/, 'Z')
}
