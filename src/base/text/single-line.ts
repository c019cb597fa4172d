/** Whether a text has no line breaks and no other control characters. */
export function isSingleLine(text: string): boolean {
  return /^\P{Cc}*$/u.test(text)
}
