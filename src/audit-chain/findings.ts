/** What verification can find, in words. */
const PROBLEMS = {
  key: 'the audit key is missing or was altered',
  tip: 'the tip of the chain is missing, was altered, or is not the last link',
  altered: 'the event was altered after it was written',
  erased: 'the event lost personal data, and no erasure of its account explains it',
  removed: 'the event was removed, and no retention explains it',
  inserted: 'the event was not written by Gatehouse, or was altered before it was linked',
  unlinked: 'the event has no link',
  'waiting too long': 'the event has waited for its link for more than a minute',
  'marked as new': 'the event has a link, but was marked as new again',
  'link altered': 'the link was altered or inserted',
  'link removed': 'links were removed',
  rewound: 'the event was written after a link that the chain no longer has: the chain was set back',
  head: 'a signed head does not fit the chain',
} as const

export type Problem = keyof typeof PROBLEMS

export interface Finding {
  problem: Problem
  /** The number of the link; null if there is none. */
  seq: number | null
  event: string | null
  /** When it happened, as far as the row or its link says. */
  at: string | null
  detail: string
}

/** Counts all findings, and keeps the first ones. */
export class Findings {
  readonly first: Finding[] = []
  readonly counts: Partial<Record<Problem, number>> = {}
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0)
  }

  add(problem: Problem, about: Partial<Omit<Finding, 'problem'>> = {}, count = 1): void {
    this.counts[problem] = (this.counts[problem] ?? 0) + count
    if (this.first.length >= this.#most) return
    this.first.push({ problem, seq: null, event: null, at: null, detail: PROBLEMS[problem], ...about })
  }
}
