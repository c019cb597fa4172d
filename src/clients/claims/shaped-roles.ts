import type { ClientClaim } from './client-claim.ts'

/** The roles as a client wants them: only some, without the beginning that it does not know, or with one of its own. */
export function shapedRoles(
  { only, strip = '', prefix = '' }: Pick<ClientClaim, 'only' | 'strip' | 'prefix'>,
  roles: readonly string[],
): string[] {
  const kept = only ? roles.filter(role => only.some(pattern => matches(pattern, role))) : roles
  return [...new Set(kept.map(role => prefix + (role.startsWith(strip) ? role.slice(strip.length) : role)))]
}

/** Each `*` stands for any characters. It is found from left to right, so a pattern with many takes no longer. */
function matches(pattern: string, role: string): boolean {
  const [first = '', ...parts] = pattern.split('*')
  const last = parts.pop()
  if (last === undefined) return role === first
  if (!role.startsWith(first)) return false
  let at = first.length
  for (const part of parts) {
    const found = role.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return role.length - last.length >= at && role.endsWith(last)
}
