/** Characters: it is kept in a cookie until the person comes back. */
const LONGEST = 1000

/**
 * The path of a page of the application, or `/` for everything else: another site (`//evil.example`, `/\evil.example`,
 * any absolute address), control characters, and the routes of the sign-in itself, which would lead in a circle.
 * @param {string | null | undefined} to
 * @param {{ url: string, path: string }} application its origin, and the path below which its sign-in is
 */
export function localPath(to, { url, path }) {
  if (!to || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(to) || !URL.canParse(to, url)) return '/'
  const { origin, pathname, search, hash } = new URL(to, url)
  if (origin !== url || pathname.startsWith('//')) return '/'
  if (pathname === path || pathname.startsWith(`${path}/`)) return '/'
  const address = `${pathname}${search}${hash}`
  return address.length > LONGEST ? '/' : address
}
