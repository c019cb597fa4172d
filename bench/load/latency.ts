/** Latencies in milliseconds. */
export interface Latency {
  p50: number
  p95: number
  p99: number
}

export function latency(samples: number[]): Latency {
  const sorted = Float64Array.from(samples).sort()
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) }
}

/** The percentile by nearest rank. */
function percentile(sorted: Float64Array, share: number) {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}
