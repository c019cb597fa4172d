/**
 * oidc-provider tells developers about their configuration through the console, some of it while it is being imported.
 * Import this file first: what the library says then goes to our log, at debug, with everything else.
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
