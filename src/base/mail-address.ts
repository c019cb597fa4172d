/** The characters of one bare address: nothing that could begin another, end a header or open a comment (RFC 5322). */
const BARE = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+$/

/** Whether a text is exactly one address, fit for a header and an envelope; not whether somebody has it. */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && BARE.test(text)
}
