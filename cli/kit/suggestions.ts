import type { Command } from 'commander'
import { distance } from 'fastest-levenshtein'

/** Synonyms that people may type. Each group has at least one of our commands. */
const SYNONYMS = [
  ['add', 'create', 'register', 'new', 'make'],
  ['remove', 'delete', 'erase', 'rm', 'del', 'destroy', 'drop'],
  ['revoke', 'end', 'end-all', 'withdraw', 'kill', 'terminate'],
  ['show', 'get', 'info', 'view', 'describe'],
  ['list', 'ls', 'all'],
  ['update', 'edit', 'set', 'change', 'modify'],
  ['suspend', 'block', 'lock', 'ban', 'deactivate'],
  ['reinstate', 'unblock', 'unsuspend', 'activate'],
  ['serve', 'start', 'run', 'server'],
  ['accounts', 'users', 'people', 'account', 'user'],
  ['clients', 'apps', 'applications'],
  ['resources', 'apis'],
  ['providers', 'idps', 'upstreams', 'connections'],
  ['mail', 'email'],
  ['create-superuser', 'create-admin', 'setup', 'init'],
  ['recover', 'reset-password'],
]

/** What was probably meant: a synonym, or the most similar word, if fewer than half of its characters differ. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const group = SYNONYMS.find(words => words.includes(word.toLowerCase()))
  const synonym = group?.find(candidate => known.includes(candidate))
  if (synonym) return synonym
  const far = (candidate: string) => distance(word.toLowerCase(), candidate.toLowerCase())
  const [best] = known.toSorted((a, b) => far(a) - far(b))
  return best !== undefined && far(best) * 2 < Math.max(best.length, word.length) ? best : undefined
}

/** A line below a message; empty where no word is similar. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known)
  return meant === undefined ? '' : `\n(Did you mean ${meant}?)`
}

/** An error message of Commander with our suggestion, in place of the one that Commander may add. */
export function withHint(message: string, code: string | undefined, command: Command): string {
  if (code === 'commander.unknownCommand') {
    const [first = ''] = message.split('\n')
    const [, given = ''] = /'([^']*)'/.exec(first) ?? []
    const names = command.commands.map(inner => inner.name())
    return first + (didYouMean(given, names) || `\nCommands: ${names.join(', ')}.`)
  }
  const [, given = '', choices = ''] = /'([^']*)' is invalid.* Allowed choices are (.*)\.$/.exec(message) ?? []
  return message + (choices && didYouMean(given, choices.split(', ')))
}
