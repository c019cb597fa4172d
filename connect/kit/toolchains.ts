import { execFileSync } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { findProgram } from '../../test/support/programs.ts'

/** What programs are installed, built or run with: names of which one must exist, and the arguments that print a version. */
const TOOLCHAINS = {
  npm: { names: ['npm'], version: ['--version'] },
  chromium: { names: ['chromium-headless-shell', 'chromium'], version: ['--version'] },
  python: { names: ['python3'], version: ['--version'] },
  apache: { names: ['apache2'], version: ['-v'] },
  go: { names: ['go'], version: ['version'] },
  java: { names: ['java'], version: ['--version'] },
  maven: { names: ['mvn'], version: ['--version'] },
  cargo: { names: ['cargo'], version: ['--version'] },
  'oidc-agent': { names: ['oidc-agent'], version: ['--version'] },
} as const

export type Toolchain = keyof typeof TOOLCHAINS

/** The full path of a toolchain, or null if this machine does not have it. */
function toolchain(name: Toolchain): string | null {
  return findProgram(...TOOLCHAINS[name].names)
}

/** The version of a toolchain in its own words, or null if this machine does not have it. */
export function versionOf(name: Toolchain): string | null {
  const program = toolchain(name)
  if (program === null) return null
  const printed = execFileSync(program, TOOLCHAINS[name].version, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return stripVTControlCharacters(printed).split('\n')[0]!.trim()
}
