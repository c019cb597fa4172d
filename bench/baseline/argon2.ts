/**
 * Raw argon2 verifications, one at a time on each core: the upper limit of password sign-ins.
 * `node bench/baseline/argon2.ts` is forked by the bench; it answers each `{ seconds }` with `{ count, seconds }`.
 */
import { availableParallelism } from 'node:os'
import argon2 from 'argon2'

/** Gatehouse's defaults: 19 MiB, two passes, one lane. */
export const argon2Parameters = { type: argon2.argon2id, memoryCost: 19456, timeCost: 2, parallelism: 1 } as const

/** Next to no work, to measure the rest of a sign-in. */
export const cheapArgon2Parameters = { ...argon2Parameters, memoryCost: 8, timeCost: 1 } as const

export interface Argon2Result {
  count: number
  seconds: number
}

async function verifyFor(seconds: number): Promise<Argon2Result> {
  const digest = await argon2.hash('a password', argon2Parameters)
  const start = performance.now()
  const until = start + seconds * 1000
  let count = 0
  const lane = async () => {
    while (performance.now() < until) {
      await argon2.verify(digest, 'a password')
      count += 1
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
  return { count, seconds: (performance.now() - start) / 1000 }
}

if (import.meta.main) {
  process.on('message', async ({ seconds }: { seconds: number }) => {
    process.send?.(await verifyFor(seconds))
  })
}
