const LONGEST_MS = 3_000

/** Waits until a connection is closed, but not for a server that fell silent: it keeps nobody from ending. */
export async function closed(work: Promise<unknown> | undefined): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, LONGEST_MS)
  await Promise.race([work, late.promise]).finally(() => clearTimeout(timer))
}
