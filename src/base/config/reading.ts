import { readFileSync } from 'node:fs'
import { decodeText } from '../text/text-file.ts'
import { type Name, type Setting, settings, type Values } from './settings.ts'
import { codeOf, type Mistake, masked } from './validation/config-error.ts'

/** The settings that the environment gives. An invalid variable is in `given` and has no value. */
export interface Reading {
  values: Partial<Values>
  given: ReadonlySet<Name>
  mistakes: Mistake[]
}

/** Reads all settings. An empty variable counts as not set, since that is how compose files pass on unset variables. */
export function readSettings(env: NodeJS.ProcessEnv): Reading {
  const rows = settings.map(setting => ({ name: setting.name, ...readSetting(setting, env) }))
  return {
    values: Object.fromEntries(rows.map(({ name, value }) => [name, value])),
    given: new Set(rows.filter(row => row.given).map(row => row.name)),
    mistakes: rows.flatMap(row => row.mistake ?? []),
  }
}

function readSetting(setting: Setting, env: NodeJS.ProcessEnv): { given: boolean; value?: unknown; mistake?: Mistake } {
  const { name, expected, secret } = setting
  const example = `${name}=${setting.example}`
  const direct = env[name]?.trim() || undefined
  const file = (setting.file && env[`${name}_FILE`]?.trim()) || undefined
  const source = file ? `${name}_FILE` : name
  const wrong = (problem: string, given?: string) => ({
    given: true,
    mistake: {
      name: source,
      problem,
      ...(given != null && { given }),
      expected,
      example: file ? `${source}=/run/secrets/${name.toLowerCase()}` : example,
    },
  })

  if (direct && file) return wrong(`set twice, as ${name} and as ${name}_FILE`)
  let text = direct ?? setting.default
  if (file) {
    try {
      text = decodeText(readFileSync(file)).trim()
    } catch (error) {
      // The path is not shown either: it may be the secret itself, put into the wrong variable.
      return wrong(`must name a readable file (${codeOf(error)})`, masked(file, 'whole'))
    }
    if (text === '') return wrong('the file is empty', JSON.stringify(file))
  }
  if (text == null) return { given: false }
  const { success, data, error } = setting.schema.safeParse(text)
  if (success) return { given: direct != null || file != null, value: data }
  return wrong(error.issues.map(issue => issue.message).join('; '), masked(text, secret))
}
