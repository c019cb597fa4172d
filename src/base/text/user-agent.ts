import Bowser from 'bowser'

/** The browser and operating system by which a person can recognize a device. */
export interface Device {
  /** `Firefox`, or the name that a program gives itself. */
  browser: string | null
  /** `Linux`, `iOS`. */
  system: string | null
}

const LONGEST_HEADER = 400
const NAME = /^[\w.-]{1,40}/

/** Parses a User-Agent header (RFC 9110, section 10.1.5). Senders may claim anything: it is a hint, never a proof. */
export function deviceOf(userAgent: string | null | undefined): Device {
  const text = oneLine(userAgent ?? '').trim()
  if (text === '') return { browser: null, system: null }
  const { browser, os } = Bowser.parse(text)
  const program = text.startsWith('Mozilla/') ? null : (NAME.exec(text)?.[0] ?? null)
  return { browser: browser.name || program, system: os.name || null }
}

/** `Firefox on Linux`; empty if nothing is known. */
export function deviceName({ browser, system }: Device): string {
  return [browser, system].filter(Boolean).join(' on ')
}

/** Untrusted text on one short line, without characters that control a terminal or reverse the direction of text. */
export function oneLine(text: string): string {
  return text.replace(/\p{C}/gu, ' ').slice(0, LONGEST_HEADER)
}
