/**
 * Decodes a file or standard input that a person has written with an editor or a shell. A byte-order mark selects the
 * encoding and is removed: PowerShell writes UTF-16, and Notepad puts a mark before UTF-8.
 * @throws TypeError if the bytes are not text
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
}

/** Removes the line breaks that editors and `echo` append to a secret. */
export function withoutLastLineEnds(text: string): string {
  return text.replace(/[\r\n]+$/, '')
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  return 'utf-8'
}
