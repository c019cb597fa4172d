const LONGEST_MS = 3_000

/**
 * Waits until a connection is closed, but not for long: an unresponsive server must not keep the process from exiting.
 */
export async function closed(work: Promise<unknown> | undefined): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, LONGEST_MS)
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
