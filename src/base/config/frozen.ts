/** Buffers cannot be frozen, so the keys stay as they are inside a list that is. */
export function frozen<T>(thing: T): T {
  if (typeof thing !== 'object' || thing === null || Buffer.isBuffer(thing)) return thing
  Object.values(thing).forEach(frozen)
  return Object.freeze(thing)
}
