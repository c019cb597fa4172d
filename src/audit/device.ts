import Bowser from 'bowser'

/** What a person recognises a browser by. */
export interface Device {
  /** `Firefox`, or what a program calls itself. */
  browser: string | null
  /** `Linux`, `iOS`. */
  system: string | null
}

const LONGEST_HEADER = 400
const NAME = /^[\w.-]{1,40}/

/** What a User-Agent header (RFC 9110, section 10.1.5) says. Whoever sends it may say anything: a hint, never a proof. */
export function deviceOf(userAgent: string | null | undefined): Device {
  const text = oneLine(userAgent ?? '').trim()
  if (text === '') return { browser: null, system: null }
  const { browser, os } = Bowser.parse(text)
  const program = text.startsWith('Mozilla/') ? null : (NAME.exec(text)?.[0] ?? null)
  return { browser: browser.name || program, system: os.name || null }
}

/** `Firefox on Linux`; empty where nothing is known. */
export function deviceName({ browser, system }: Device): string {
  return [browser, system].filter(Boolean).join(' on ')
}

/** A header that a stranger wrote: one line, bounded, and nothing that would command a terminal or turn the text around. */
export function oneLine(text: string): string {
  return text.replace(/\p{C}/gu, ' ').slice(0, LONGEST_HEADER)
}
