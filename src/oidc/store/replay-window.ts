import { CLOCKS } from '../provider/lifetimes.ts'

/** The kind of the answer that a used refresh token was given, kept under the token for as long as the window is open. */
export const REPLAYED_ANSWER = 'RefreshReplay'

/** Whole seconds: when a refresh token was used, what this machine's clock says now, and how long the window is open. */
interface Use {
  consumed: number
  now: number
  window: number
}

/**
 * Whether a refresh token was used so short a time ago that a second tab or a lost answer explains why it comes again. It
 * may have been used on a machine whose clock differs: where this machine's clock says that the window is not open, the
 * store says whether the answer is still kept.
 */
export async function withinReplayWindow(
  { consumed, now, window }: Use,
  kept: () => Promise<unknown>,
): Promise<boolean> {
  const since = now - consumed
  if (window === 0 || Math.abs(since) > window + CLOCKS) return false
  return (since >= 0 && since <= window) || (await kept()) !== undefined
}
