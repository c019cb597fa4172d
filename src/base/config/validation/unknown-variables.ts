import { distance } from 'fastest-levenshtein'
import { settings } from '../settings.ts'
import type { Mistake } from './config-error.ts'

const KNOWN: readonly string[] = settings.flatMap(({ name, file }) => (file ? [name, `${name}_FILE`] : [name]))

/**
 * Finds variables that were probably meant for Gatehouse. Every process inherits dozens of unrelated ones, which must
 * not prevent a start. So only near misses count, and short names must be nearer (HOME is near HOST).
 */
export function unknownVariables(env: NodeJS.ProcessEnv): { mistakes: Mistake[]; warnings: string[] } {
  const found = Object.keys(env).flatMap(name => {
    const meant = KNOWN.includes(name) ? undefined : nearest(name)
    return meant == null ? [] : [{ name, meant, problem: `unknown variable ${name}, did you mean ${meant}?` }]
  })
  return {
    mistakes: found.filter(({ meant }) => !env[meant]).map(({ name, problem }) => ({ name, problem })),
    warnings: found.filter(({ meant }) => env[meant]).map(({ problem }) => problem),
  }
}

function nearest(name: string): string | undefined {
  const given = name.toUpperCase()
  const near = KNOWN.filter(known => distance(given, known) <= (known.length > 5 ? 2 : 1) || swapped(given, known))
  return near.sort((a, b) => distance(given, a) - distance(given, b))[0]
}

/** Whether both have the same characters in another order, as in PROT. */
function swapped(a: string, b: string): boolean {
  return distance(a, b) <= 2 && [...a].sort().join() === [...b].sort().join()
}
