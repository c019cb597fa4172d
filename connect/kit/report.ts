/** The result of a run: a line for each check of each program, printed when the check ends, and their number. */
export class Report {
  passed = 0
  failed = 0

  pass(program: string, check: string, seconds: number): void {
    this.passed += 1
    console.log(`✔ ${line(program, check, seconds)}`)
  }

  /** @param evidence what the program printed, and what Gatehouse logged */
  fail(program: string, check: string, seconds: number, error: unknown, evidence = ''): void {
    this.failed += 1
    const reason = error instanceof Error ? error.message.split('\n').slice(0, 12).join('\n') : String(error)
    console.log(`✘ ${line(program, check, seconds)}\n${indented(`${reason}\n${evidence}`)}`)
  }

  /** Something that is done before the checks, and is not counted; it is only said if it takes time. */
  note(program: string, what: string, seconds: number): void {
    if (seconds >= 1) console.log(`  ${line(program, what, seconds)}`)
  }
}

function line(program: string, what: string, seconds: number): string {
  return `${program}: ${what} (${seconds.toFixed(1)} s)`
}

function indented(text: string): string {
  return text.trimEnd().replace(/^/gm, '    ')
}
