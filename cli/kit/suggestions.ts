import { distance } from 'fastest-levenshtein'

/** Words that people try for one another. Each group holds at least one of our commands. */
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

/** What was probably meant: a synonym, or the word that takes the fewest changes, fewer than half of its characters. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const group = SYNONYMS.find(words => words.includes(word.toLowerCase()))
  const synonym = group?.find(candidate => known.includes(candidate))
  if (synonym) return synonym
  const far = (candidate: string) => distance(word.toLowerCase(), candidate.toLowerCase())
  const [best] = known.toSorted((a, b) => far(a) - far(b))
  return best !== undefined && far(best) * 2 < Math.max(best.length, word.length) ? best : undefined
}

/** A line of its own below a message; empty where nothing is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known)
  return meant === undefined ? '' : `\n(Did you mean ${meant}?)`
}
