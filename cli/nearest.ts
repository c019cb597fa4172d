import { distance } from 'fastest-levenshtein'

/** What was probably meant: the word that takes the fewest changes, where these are fewer than half of its characters. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const far = (candidate: string) => distance(word.toLowerCase(), candidate.toLowerCase())
  const [best] = known.toSorted((a, b) => far(a) - far(b))
  return best !== undefined && far(best) * 2 < Math.max(best.length, word.length) ? best : undefined
}

/** A line of its own under a message; empty where nothing comes near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known)
  return meant === undefined ? '' : `\n(Did you mean ${meant}?)`
}
