import { hash } from 'node:crypto'

/** Bytes of a digest, or of another key: so many of SHA-256 are enough to tell IDs apart. */
export const DIGEST_BYTES = 16
/** A slot has a digest and its expiry in epoch seconds, 0 if it is free. */
const SLOT_BYTES = DIGEST_BYTES + 4
/** Where the bytes stand by which a digest finds its slot: those at the end are random in a UUIDv7 too. */
const HOME = DIGEST_BYTES - 4
const SMALLEST = 1024
const FULL = 0.7

/** @param {string} id @returns {Buffer} */
export function digestOf(id) {
  return hash('sha256', id, 'buffer').subarray(0, DIGEST_BYTES)
}

/** Digests with an expiry, in a hash table with open addressing: one array, of which the garbage collector sees nothing. */
export class DigestTable {
  #capacity = SMALLEST
  #slots = new DataView(new ArrayBuffer(SMALLEST * SLOT_BYTES))
  #size = 0

  /** Entries, including expired ones that were not dropped yet. */
  get size() {
    return this.#size
  }

  /** @param {Buffer} digest @param {number} now epoch seconds */
  has(digest, now) {
    return now < this.#expiry(this.#find(digest, 0))
  }

  /**
   * Of two expiries of a digest, the later one counts.
   * @param {Buffer} bytes
   * @param {number} expiry epoch seconds
   * @param {number} now epoch seconds
   * @param {number} offset where the digest begins in `bytes`
   */
  add(bytes, expiry, now, offset = 0) {
    if (expiry <= now) return
    if (this.#size >= this.#capacity * FULL) this.compact(now)
    const slot = this.#find(bytes, offset)
    if (this.#expiry(slot) === 0) {
      this.#size += 1
      for (let i = 0; i < DIGEST_BYTES; i += 4)
        this.#slots.setUint32(slot * SLOT_BYTES + i, bytes.readUInt32BE(offset + i))
    }
    if (this.#expiry(slot) < expiry) this.#slots.setUint32(slot * SLOT_BYTES + DIGEST_BYTES, expiry)
  }

  /**
   * Drops expired entries in place, and changes the capacity if that leaves the table too full or nearly empty.
   * @param {number} now epoch seconds
   */
  compact(now) {
    for (let slot = 0; slot < this.#capacity; slot += 1)
      while (this.#expiry(slot) !== 0 && this.#expiry(slot) <= now) this.#remove(slot)
    if (this.#size > this.#capacity / 2) this.#resize(this.#capacity * 2)
    else if (this.#size < this.#capacity / 8 && this.#capacity > SMALLEST) this.#resize(this.#capacity / 2)
  }

  /** @param {number} slot */
  #expiry(slot) {
    return this.#slots.getUint32(slot * SLOT_BYTES + DIGEST_BYTES)
  }

  /** Where the search for the digest of a slot begins. @param {number} slot */
  #home(slot) {
    return this.#slots.getUint32(slot * SLOT_BYTES + HOME) & (this.#capacity - 1)
  }

  /** The slot of a digest, or the free one where it belongs. @param {Buffer} bytes @param {number} offset */
  #find(bytes, offset) {
    const [a, b] = [bytes.readUInt32BE(offset), bytes.readUInt32BE(offset + 4)]
    const [c, d] = [bytes.readUInt32BE(offset + 8), bytes.readUInt32BE(offset + 12)]
    const [slots, mask] = [this.#slots, this.#capacity - 1]
    for (let slot = d & mask; ; slot = (slot + 1) & mask) {
      const at = slot * SLOT_BYTES
      const same = slots.getUint32(at) === a && slots.getUint32(at + 4) === b
      if (same && slots.getUint32(at + 8) === c && slots.getUint32(at + 12) === d) return slot
      if (slots.getUint32(at + DIGEST_BYTES) === 0) return slot
    }
  }

  /**
   * Frees a slot. Later entries of the chain move forward, so that each is still found from where its search begins.
   * @param {number} slot
   */
  #remove(slot) {
    const mask = this.#capacity - 1
    let free = slot
    for (let next = (free + 1) & mask; this.#expiry(next) !== 0; next = (next + 1) & mask) {
      if (((next - this.#home(next)) & mask) < ((next - free) & mask)) continue
      copySlot(this.#slots, next, this.#slots, free)
      free = next
    }
    this.#slots.setUint32(free * SLOT_BYTES + DIGEST_BYTES, 0)
    this.#size -= 1
  }

  /** @param {number} capacity a power of two */
  #resize(capacity) {
    const old = this.#slots
    this.#capacity = capacity
    this.#slots = new DataView(new ArrayBuffer(capacity * SLOT_BYTES))
    for (let slot = 0; slot * SLOT_BYTES < old.byteLength; slot += 1) {
      if (old.getUint32(slot * SLOT_BYTES + DIGEST_BYTES) === 0) continue
      let free = old.getUint32(slot * SLOT_BYTES + HOME) & (capacity - 1)
      while (this.#expiry(free) !== 0) free = (free + 1) & (capacity - 1)
      copySlot(old, slot, this.#slots, free)
    }
  }
}

/** @param {DataView} from @param {number} slot @param {DataView} to @param {number} free */
function copySlot(from, slot, to, free) {
  for (let i = 0; i < SLOT_BYTES; i += 4) to.setUint32(free * SLOT_BYTES + i, from.getUint32(slot * SLOT_BYTES + i))
}
