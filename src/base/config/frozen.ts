/** Freezes a value deeply. Buffers cannot be frozen, so keys stay as they are, inside a frozen list. */
export function frozen<T>(thing: T): T {
  if (typeof thing !== 'object' || thing === null || Buffer.isBuffer(thing)) return thing
  Object.values(thing).forEach(frozen)
  return Object.freeze(thing)
}
