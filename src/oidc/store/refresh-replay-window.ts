import { MAX_CLOCK_SKEW } from '../provider/lifetimes.ts'

/** The kind of the stored response to a used refresh token, kept under that token while the replay window is open. */
export const REPLAYED_RESPONSE = 'RefreshReplay'

/** Whole seconds: when a refresh token was used, the time by this machine's clock, and the length of the window. */
interface Use {
  consumed: number
  now: number
  window: number
}

/**
 * Whether a refresh token was used so recently that a second tab or a lost response explains why it is presented again.
 * It may have been used on a machine whose clock differs.
 * So if the window is closed by this machine's clock, `kept` says whether the store still has the response.
 */
export async function withinReplayWindow(
  { consumed, now, window }: Use,
  kept: () => Promise<unknown>,
): Promise<boolean> {
  const since = now - consumed
  if (window === 0 || Math.abs(since) > window + MAX_CLOCK_SKEW) return false
  return (since >= 0 && since <= window) || (await kept()) !== undefined
}
