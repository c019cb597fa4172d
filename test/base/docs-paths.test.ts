import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'ava'

/** Every file that the documentation names in backticks must exist. */
const ROOT = new URL('../../', import.meta.url).pathname
const files = globSync('{bench,bin,cli,demo,deploy,docs,examples,locales,migrations,nginx,src,test,views}/**/*.*', {
  cwd: ROOT,
})

/** A path or a file name of the code, such as `src/app.ts` or `wired.ts`; not one with a placeholder. */
const CODE_FILE = /`([\w.-]+(?:\/[\w.-]+)*\.(?:ts|eta|css))`/g
const LINK = /\]\(([^)#:]+\.md)(?:#[^)]*)?\)/g

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, path = '']) => path)
const exists = (path: string) => files.some(file => file === path || file.endsWith(`/${path}`))

for (const page of ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })]) {
  const text = readFileSync(join(ROOT, page), 'utf8')

  test(`${page}: the code files that it names exist`, t => {
    t.deepEqual(
      matches(text, CODE_FILE).filter(path => !exists(path) && !/[A-Z]{4}/.test(path)),
      [],
    )
  })

  test(`${page}: the pages that it links to exist`, t => {
    const linked = matches(text, LINK).map(path => normalize(join(dirname(page), path)))
    t.deepEqual(
      linked.filter(path => !files.includes(path) && path !== 'CHANGELOG.md' && path !== 'README.md'),
      [],
    )
  })
}
