/** Words and phrases that sound translated, old-fashioned or like a riddle. Plain terms are in the comment of each. */
const UNNATURAL = [
  'whoever', // "anyone who", "a person who"
  'whomever',
  'somebody', // "someone", "a person"
  'everybody', // "everyone"
  'anybody', // "anyone"
  'letters?(?! or digit|,? digits| and digits| of (?:one|the|any|an)\\b|s\\b)', // "email"; of an alphabet it may stay
  'anew', // "again"
  'farewell', // "logout notification"
  'farewells',
  'is told of', // "is notified of"
  'are told of',
  'told of sign-outs',
  "one's",
  'vouches', // "verified by"
  'vouched',
  'vouch for',
  'of old',
  'in vain', // "failed"
  'takes back', // "reverts", "revokes"
  'took back',
  'taken back',
  'do not do',
  'does not do',
  'will do', // "works"
  'that do not belong',
  'nobody else', // "no one else"
  'parts from', // "disconnects"
  'thrice',
  'hence',
  'whence',
  'thereby',
  'withal',
  'in the words of',
  'is led', // "is sent", "is guided"
  'are led',
  'is spared', // "is not asked for"
  'tells from',
] as const

const PATTERN = new RegExp(`(?<![\\w/-])(?:${UNNATURAL.join('|')})(?![\\w-])`, 'gi')

/** Those that a text contains, with a few words around each. */
export function unnaturalIn(text: string): string[] {
  return [...text.matchAll(PATTERN)].map(({ 0: word, index }) => `${word}: ${text.slice(index - 30, index + 40)}`)
}
