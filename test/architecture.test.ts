import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'

/**
 * The import rule of the product: a file imports only its own folder or a folder of a lower level; type imports count.
 * A level with a half is for something small between two levels: the migrations above the storage, `app.ts` above the
 * list of entities, the process above the interfaces that it starts.
 */
const LEVELS: Record<string, number> = {
  'src/base': 0,
  'src/storage': 1,
  migrations: 1.5,
  'src/audit': 2,
  'src/audit-chain': 2.2,
  'src/limits': 2,
  'src/token-revocations': 2,
  'src/keys': 2.5,
  'src/accounts': 3,
  'src/clients': 3,
  'src/links': 3.3,
  'src/email': 3.5,
  'src/i18n': 3.7,
  'src/credentials': 4,
  'src/federation': 4,
  'src/grants': 4,
  'src/requests': 4,
  'src/roles': 4,
  'src/sessions': 4,
  'src/webhooks': 4,
  'src/login': 5,
  'src/lifecycle': 5,
  'src/entities.ts': 6,
  'src/foundation.ts': 6.2,
  'src/wired.ts': 6.3,
  'src/app.ts': 6.5,
  'src/oidc': 7,
  'src/ops': 7,
  'src/http': 8,
  demo: 8,
  'src/server.ts': 8.5,
  cli: 9,
}

/** Libraries that only one folder may import. */
const CONFINED = [
  { name: 'oidc-provider', library: /^oidc-provider(\/|$)/, folder: 'src/oidc' },
  { name: 'koa', library: /^(@koa\/|(koa|helmet|proxy-addr)(-|\/|$))/, folder: 'src/http' },
  { name: 'ipaddr.js', library: /^ipaddr\.js(\/|$)/, folder: 'src/base' },
  { name: 'rate-limiter-flexible', library: /^rate-limiter-flexible(\/|$)/, folder: 'src/limits' },
  {
    name: 'the drivers of the stores',
    library: /^(pg|pg-boss|kysely|ioredis|@electric-sql\/pglite)(\/|$)/,
    folder: 'src/storage',
  },
  { name: 'commander', library: /^commander(\/|$)/, folder: 'cli' },
]

const LONGEST = 200
const MOST_FILES = 18

const root = fileURLToPath(new URL('..', import.meta.url))
const files = globSync('{src,cli,migrations,demo}/**/*.ts', { cwd: root })
  .sort()
  .map(path => ({ path, text: readFileSync(resolve(root, path), 'utf8') }))
const product = files.filter(({ path }) => /^(src|cli)\//.test(path))

/** What others install: plain JavaScript with types, which must not need the rest of the product. */
const modules = globSync('modules/**/*.{js,ts}', { cwd: root })
  .sort()
  .map(path => ({ path, text: readFileSync(resolve(root, path), 'utf8') }))

/** The specifiers a file imports or exports from: statically, dynamically, or as `import('…')` in a type. */
function imports(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const forms = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"`]([^'"`]+)['"`]/g,
  ]
  return forms.flatMap(form => [...code.matchAll(form)].map(match => match[1]!))
}

/** The paths of our own code that a file imports. Data, such as a locale, may be imported by any file. */
function ownImports({ path, text }: { path: string; text: string }): string[] {
  return imports(text)
    .filter(specifier => /^\..*\.[cm]?[jt]s$/.test(specifier))
    .map(specifier => relative(root, resolve(root, dirname(path), specifier)))
}

/** The key of LEVELS a path belongs to, or the path itself if it has none. */
function place(path: string): string {
  const [first = '', second = ''] = path.split('/')
  const names = [first, `${first}/${second}`]
  return names.find(name => name in LEVELS) ?? path
}

function clean(t: ExecutionContext, violations: string[]): void {
  if (violations.length === 0) t.pass()
  else t.fail(`\n${violations.join('\n')}`)
}

test('every source file belongs to a level of the import rule', t => {
  const placeless = files.filter(({ path }) => !(place(path) in LEVELS))
  clean(
    t,
    placeless.map(({ path }) => `${path} is in no folder with a level: give its folder a level`),
  )
})

test('a file imports only its own folder or a folder of a lower level', t => {
  const violations = files.flatMap(file =>
    ownImports(file).flatMap(target => {
      const [from, to] = [place(file.path), place(target)]
      if (from === to) return []
      const [own, other] = [LEVELS[from], LEVELS[to]]
      if (other === undefined) return [`${file.path} imports ${target}, which is not part of the product`]
      if (own === undefined || other < own) return []
      const why = other === own ? 'both have the same level' : 'its level is higher'
      return [`${file.path} (${from}, ${own}) imports ${target} (${to}, ${other}): ${why}`]
    }),
  )
  clean(t, violations)
})

test('no files import each other in a circle, including type imports', t => {
  const imported = new Map(product.map(file => [file.path, ownImports(file)]))
  const circles: string[] = []
  const clear = new Set<string>()
  for (const { path } of product) walk([path])
  clean(t, circles)

  function walk(chain: string[]): void {
    const here = chain.at(-1)!
    if (clear.has(here)) return
    for (const next of imported.get(here) ?? []) {
      const met = chain.indexOf(next)
      if (met < 0) walk([...chain, next])
      else circles.push([...chain.slice(met), next].join(' imports '))
    }
    clear.add(here)
  }
})

test('migrations import only the base and the storage, and the demo imports nothing of the product', t => {
  const allowed: Record<string, string[]> = { migrations: ['src/base', 'src/storage'], demo: [] }
  const violations = files.flatMap(file => {
    const own = place(file.path)
    const permitted = allowed[own]
    if (permitted === undefined) return []
    const foreign = ownImports(file).filter(target => ![own, ...permitted].includes(place(target)))
    return foreign.map(target => `${file.path} imports ${target}`)
  })
  clean(t, violations)
})

test('modules import nothing of the product, and no library but jose; the types of a framework name that framework', t => {
  const violations = modules.flatMap(({ path, text }) => {
    const framework = /\/(\w+)\.d\.ts$/.exec(path)?.[1]
    return imports(text)
      .filter(specifier => !/^(\.{1,2}\/|node:)/.test(specifier) && ![framework, 'jose'].includes(specifier))
      .concat(ownImports({ path, text }).filter(target => !target.startsWith('modules/')))
      .map(specifier => `${path} imports ${specifier}`)
  })
  t.true(modules.length > 10)
  clean(t, violations)
})

for (const { name, library, folder } of CONFINED) {
  test(`only ${folder} imports ${name}`, t => {
    const violations = product
      .filter(({ path }) => place(path) !== folder)
      .flatMap(({ path, text }) =>
        imports(text)
          .filter(specifier => library.test(specifier))
          .map(specifier => `${path} imports ${specifier}: only ${folder} may`),
      )
    clean(t, violations)
  })
}

test('only base/config reads the environment', t => {
  // Presets hold code of other programs, as text.
  const violations = product
    .filter(({ path }) => !/^src\/(base\/config(\.ts|\/)|clients\/presets\/javascript\/)/.test(path))
    .filter(({ text }) =>
      /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[\s*['"]env|\benv\b[^}]*\}\s*(=\s*process\b|from\s*['"]node:process)/.test(
        text,
      ),
    )
    .map(({ path }) => `${path} reads process.env: take what it needs from the Config`)
  clean(t, violations)
})

test('only src/storage reads error codes of stores, and other folders use StoreUnavailable', t => {
  const codes =
    /\b(databaseUnavailable|redisUnavailable|3D000|25006|25P03|40P01|42501|53[1-4]00|55P03|57P0\d|MISCONF|CLUSTERDOWN)\b/
  const violations = product
    .filter(({ path }) => place(path) !== 'src/storage')
    .flatMap(({ path, text }) => {
      const code = codes.exec(text)?.[0]
      return code ? [`${path} reads ${code}: let src/storage/store-errors.ts interpret it`] : []
    })
  clean(t, violations)
})

/** The implementation of transactions, and the files below it: plain SQL, the readiness probe, migrations and large indexes. */
const TRANSACTIONS = ['transactions', 'sql', 'database', 'migrations', 'concurrent-index'].map(
  name => `src/storage/database/${name}.ts`,
)

test('a transaction begins only with atomically', t => {
  const otherwise = /\btransactional\b|\bpg_(try_)?advisory|\bem\.(begin|commit|rollback)\b/
  const violations = product
    .filter(({ path }) => !TRANSACTIONS.includes(path))
    .flatMap(({ path, text }) => {
      const found = otherwise.exec(text)?.[0]
      return found ? [`${path} contains ${found}: use atomically (src/storage/database/transactions.ts)`] : []
    })
  clean(t, violations)
})

/** The guards around the pages, which handle an ended session or token, and rename fields to those of the form. */
const GUARDS = [
  ...['account/action', 'account/sections/identities', 'account/require-session'],
  ...['api/bearer-guard', 'api/refused-tokens', 'api/admin/guard'],
]

test('a page catches no refusal: its route maps the code, and src/http/kit/errors/error-responses.ts answers', t => {
  const catching = product
    .filter(({ path }) => /^src\/http\/(account|api|federation|links|sign-in)\//.test(path))
    .filter(({ path, text }) => /\bcatch \(/.test(text) && !GUARDS.some(guard => path === `src/http/${guard}.ts`))
    .map(({ path }) => `${path} catches an error: name the refusal where the form is declared, under \`refusals\``)
  const waiting = product
    .filter(({ path, text }) => /['"]Retry-After['"](: String|, )/i.test(text) && path !== 'src/base/refusals.ts')
    .map(({ path }) => `${path} sets Retry-After: set the headers of the refusal`)
  clean(t, [...catching, ...waiting])
})

test('no file is too long to read in one sitting', t => {
  const violations = [...product, ...modules]
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > LONGEST)
    .map(({ path, lines }) => `${path} has ${lines} lines, ${LONGEST} are allowed: split it by responsibility`)
  clean(t, violations)
})

test('no folder has too many files: a large one is divided into subfolders', t => {
  const folders = Map.groupBy([...product, ...modules], ({ path }) => dirname(path))
  const violations = [...folders]
    .filter(([, { length }]) => length > MOST_FILES)
    .map(
      ([folder, { length }]) =>
        `${folder} has ${length} files, ${MOST_FILES} are allowed: group them by what they serve`,
    )
  clean(t, violations)
})

test('exports are named, and folders have no barrel file', t => {
  const violations = [...files, ...modules].flatMap(({ path, text }) => [
    ...(/^export\s+default\b|^export\s*\{[^}]*\bas\s+default\b/m.test(text) ? [`${path} has a default export`] : []),
    ...(/(^|\/)index\.[jt]s$/.test(path) ? [`${path} is a barrel: import the file itself`] : []),
  ])
  clean(t, violations)
})

test('temporary records are a kind of src/storage/artifacts/kept.ts, and only the protocol library writes artifacts directly', t => {
  const violations = product
    .filter(({ path }) => !/^src\/(storage|oidc)\//.test(path))
    .filter(({ text }) => /\bdo: 'put'|\.putIfAbsent\(/.test(text))
  clean(
    t,
    violations.map(({ path }) => `${path} puts a record into the artifacts: make it a keptKind`),
  )
})

test('an email is sent only with Emails.send, which uses the table of kinds (src/email/kinds.ts)', t => {
  const violations = product
    .filter(({ path }) => !['src/email/emails.ts', 'src/email/nouns.ts', 'src/ops/mail-delivery.ts'].includes(path))
    .filter(({ text }) => /'outbox'|\boutbox\.post\(/.test(text))
    .map(({ path }) => `${path} writes to the outbox itself: send a kind of email`)
  clean(t, violations)
})

test('no constructor copies nouns into fields instead of storing the object that holds them (src/base/nouns.ts)', t => {
  const named = files
    .filter(({ path }) => path.endsWith('/nouns.ts'))
    .flatMap(({ text }) => text.match(/^ {2,4}\w+(?=: )/gm))
  const nouns = new Set(named.map(name => name?.trim()))
  const violations = product
    .filter(({ path }) => LEVELS[place(path)]! > 1)
    .flatMap(({ path, text }) => {
      const copied = [...text.matchAll(/^\s+this\.#(\w+) = (?:\w+\.)?\1$/gm)].filter(([, name]) => nouns.has(name))
      return copied.length > 1 ? [`${path} copies ${copied.map(([, name]) => name)}: keep #app, of Needs<…>`] : []
    })
  clean(t, violations)
})

test('no file contains conflict markers of an unfinished merge', t => {
  const texts = globSync(
    ['*.{md,json,ts}', '{src,cli,modules,test,bench,demo,docs,views,locales,migrations}/**/*.{ts,js,md,json,eta,css}'],
    { cwd: root },
  )
  const unfinished = texts.filter(path => /^(<{7}|>{7}) /m.test(readFileSync(resolve(root, path), 'utf8')))
  clean(t, unfinished)
})

test('docs/dependencies.md lists every production dependency with its licence, and no others', t => {
  const read = (path: string) => readFileSync(resolve(root, path), 'utf8')
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
  const installed = Object.keys(dependencies)
    .sort()
    .map(name => {
      const { license } = JSON.parse(read(`node_modules/${name}/package.json`)) as { license: string }
      return `${name}: ${license}`
    })
  const rows = read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| ([A-Z][\w.-]+) \| \S/gm)
  t.deepEqual(
    Array.from(rows, ([, name, licence]) => `${name}: ${licence}`),
    installed,
  )
})

test('docs/dependencies.md names existing files for the code that replaces a library', t => {
  const [, own = ''] = readFileSync(resolve(root, 'docs/dependencies.md'), 'utf8').split('## What we write ourselves')
  const paths = Array.from(own.matchAll(/`((?:src|cli)\/[^`]+)`/g), match => match[1]!)
  t.true(paths.length > 10)
  clean(
    t,
    paths.filter(path => !existsSync(resolve(root, path))),
  )
})
