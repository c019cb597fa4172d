/**
 * oidc-provider prints notices about its configuration to the console, some of them while it is being imported.
 * This file collects them for our log, at debug level, and so must be imported before the library.
 */
const PREFIX = 'oidc-provider '

export const notices: string[] = []

for (const level of ['info', 'warn'] as const) {
  const print = console[level].bind(console)
  console[level] = (...words: unknown[]) => {
    const text = String(words[0])
    if (text.includes(PREFIX)) notices.push(text)
    else print(...words)
  }
}
