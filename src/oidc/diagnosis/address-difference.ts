import { LOOPBACK } from '../../clients/uris.ts'

/** A piece of an address, and whether the other address has something else there. */
export interface Part {
  text: string
  differs: boolean
}

/** What a difference is called: the message `developer.difference.KIND`, with the other properties filled in. */
export interface Difference {
  kind:
    | 'instead'
    | 'case'
    | `port${'' | '-added' | '-missing'}`
    | `${'slash' | 'query'}-${'added' | 'missing'}`
    | `${'user' | 'fragment'}-added`
    | 'invisible'
    | 'position'
  sent: string
  registered: string
  /** The number of the first character that differs, in the address that was sent. */
  position: number
}

export interface Comparison {
  registered: string
  parts: { sent: Part[]; registered: Part[] }
  differences: Difference[]
  /** How many characters differ. */
  distance: number
}

const PIECES = ['scheme', 'slashes', 'user', 'host', 'port', 'path', 'query', 'fragment'] as const
type Piece = (typeof PIECES)[number] | 'whole'

/** RFC 3986, appendix B, with the parts of the authority. It matches any text, and the pieces together are the text. */
const ADDRESS = /^([a-z][a-z\d+.-]*:)?(?:(\/\/)([^/?#@]*@)?(\[[^\]/?#]*\]|[^:/?#]*)(:\d*)?)?([^?#]*)(\?[^#]*)?(#.*)?$/is

/** Control and format characters, and all spaces. */
const INVISIBLE = /[\p{C}\p{Z}]/u

/** The registered address that differs least from the one that was sent; null if none is registered. */
export function nearestAddress(sent: string, registered: readonly string[]): Comparison | null {
  const comparisons = registered.map(each => compare(sent, each))
  return comparisons.toSorted((a, b) => a.distance - b.distance)[0] ?? null
}

function compare(sent: string, registered: string): Comparison {
  const [one, other] = [piecesOf(sent), piecesOf(registered)]
  const byPiece = PIECES.map((piece, index) => new PieceComparison(piece, one[index] ?? '', other[index] ?? ''))
  const whole = [new PieceComparison('whole', sent, registered)]
  const pieces = distanceOf(byPiece) <= distanceOf(whole) ? byPiece : whole
  const parts = { sent: joined(pieces.map(each => each.sent)), registered: joined(pieces.map(each => each.registered)) }
  const length = (part: Part) => [...part.text].length
  const first = parts.sent.findIndex(({ differs }) => differs)
  const position = 1 + parts.sent.slice(0, first).reduce((sum, part) => sum + length(part), 0)
  const named = pieces.flatMap(each => each.difference() ?? [])
  if (named.length === 0) named.push(unnamed('position'))
  if (INVISIBLE.test(sent)) named.push(unnamed('invisible'))
  const once = named.filter(
    ({ kind }, index) => named.findIndex(each => each.kind === kind) === index || kind === 'instead',
  )
  return {
    registered,
    parts,
    differences: once.map(difference => ({ ...difference, position })),
    distance: distanceOf(pieces),
  }
}

type Named = Omit<Difference, 'position'>

function unnamed(kind: Difference['kind']): Named {
  return { kind, sent: '', registered: '' }
}

/** Longer names are marked in the address only. */
const LONGEST_NAME = 60

/** The same piece of both addresses. */
class PieceComparison {
  readonly #piece: Piece
  readonly #texts: readonly [string, string]
  readonly sent: Part[]
  readonly registered: Part[]
  readonly distance: number

  constructor(piece: Piece, sent: string, registered: string) {
    this.#piece = piece
    this.#texts = [sent, registered]
    const [one, other] = [[...sent], [...registered]]
    const ends = equalEnds(one, other)
    // A port is marked as a whole, since it is read as a number.
    const { start, end } = piece === 'port' && sent !== registered ? { start: 0, end: 0 } : ends
    const split = (text: string[]): Part[] => [
      { text: text.slice(0, start).join(''), differs: false },
      ...(sent === registered ? [] : [{ text: text.slice(start, text.length - end).join(''), differs: true }]),
      { text: text.slice(text.length - end).join(''), differs: false },
    ]
    this.sent = split(one)
    this.registered = split(other)
    const otherName = piece === 'host' && LOOPBACK.has(sent.toLowerCase()) && LOOPBACK.has(registered)
    const otherCase = sent.toLowerCase() === registered.toLowerCase()
    const most = otherName || otherCase ? 1 : Number.POSITIVE_INFINITY
    this.distance = Math.min(most, Math.max(one.length, other.length) - ends.start - ends.end)
  }

  difference(): Named | null {
    const [sent, registered] = this.#texts
    if (sent === registered || this.#piece === 'slashes') return null
    const named = (kind: Difference['kind'], strip: RegExp = /^$/): Named => ({
      kind,
      sent: sent.replace(strip, ''),
      registered: registered.replace(strip, ''),
    })
    if (sent.toLowerCase() === registered.toLowerCase()) return named('case')
    const long = Math.max(sent.length, registered.length) > LONGEST_NAME
    switch (this.#piece) {
      case 'scheme':
      case 'host':
        return sent && registered && !long ? named('instead', /:$/) : named('position')
      case 'port':
        return named(!registered ? 'port-added' : !sent ? 'port-missing' : 'port', /^:/)
      case 'path':
        if (sent === `${registered}/`) return named('slash-added')
        return named(registered === `${sent}/` ? 'slash-missing' : 'position')
      case 'query':
        return named(!registered ? 'query-added' : !sent ? 'query-missing' : 'position')
      case 'user':
      case 'fragment':
        return named(registered ? 'position' : `${this.#piece}-added`)
      default:
        return named('position')
    }
  }
}

/** How many characters the texts have in common at the start, and, after that, at the end. */
function equalEnds(one: string[], other: string[]): { start: number; end: number } {
  const most = Math.min(one.length, other.length)
  let [start, end] = [0, 0]
  while (start < most && one[start] === other[start]) start += 1
  while (end < most - start && one.at(-1 - end) === other.at(-1 - end)) end += 1
  return { start, end }
}

function piecesOf(address: string): string[] {
  const [, ...pieces] = ADDRESS.exec(address) ?? []
  return pieces.map(piece => piece ?? '')
}

function distanceOf(pieces: PieceComparison[]): number {
  return pieces.reduce((sum, { distance }) => sum + distance, 0)
}

/** Neighbours of the same kind become one part; an empty part stays only where something is missing. */
function joined(pieces: Part[][]): Part[] {
  const parts: Part[] = []
  for (const part of pieces.flat().filter(({ text, differs }) => differs || text !== '')) {
    const last = parts.at(-1)
    if (last?.differs === part.differs) last.text += part.text
    else parts.push({ ...part })
  }
  return parts
}
