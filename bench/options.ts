/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'
import { type StepName, stepNames } from './load/steps.ts'
import { type SubjectName, subjectNames } from './subjects.ts'

export interface Options {
  steps: StepName[]
  subjects: SubjectName[]
  workers: number[]
  connections: number
  seconds: number
  rounds: number
  accounts: number
  cheapPasswords: boolean
  json: string | null
  /** the checkout that the subject `before` starts */
  before: string | null
}

export const help = `Measures Gatehouse against bare oidc-provider, interleaved, on this machine.

  npm run bench -- [options]

  --steps LIST        any of ${stepNames.join(', ')} (default: all)
  --subjects LIST     any of ${subjectNames.join(', ')} (default: gatehouse, memory, redis)
  --before FOLDER     another checkout with its packages, measured as the subject before
  --workers LIST      numbers of workers (default: 1,2; the memory subject always has one)
  --connections N     connections of the load generator (default: 32)
  --seconds N         length of each measurement (default: 5)
  --rounds N          rounds; their medians are shown (default: 3)
  --accounts N        people who sign in (default: 64)
  --cheap-passwords   hash with next to no work, outside production mode, to measure everything but the hashing
  --json FILE         also write all measurements to FILE
  --help

Redis and PostgreSQL are started for the run, or taken from TEST_REDIS_URL and TEST_DATABASE_URL.`

/** Null if --help was given. */
export function readOptions(args: string[]): Options | null {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: {
      steps: text,
      subjects: text,
      workers: text,
      connections: text,
      seconds: text,
      rounds: text,
      accounts: text,
      json: text,
      before: text,
      'cheap-passwords': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return null
  return {
    steps: choice('steps', values.steps, stepNames),
    subjects: subjects(values.subjects, values.before),
    workers: (values.workers ?? '1,2').split(',').map(item => positive('workers', item)),
    connections: positive('connections', values.connections ?? '32'),
    seconds: positive('seconds', values.seconds ?? '5'),
    rounds: positive('rounds', values.rounds ?? '3'),
    accounts: positive('accounts', values.accounts ?? '64'),
    cheapPasswords: values['cheap-passwords'],
    json: values.json ?? null,
    before: values.before ?? null,
  }
}

function subjects(given: string | undefined, before: string | undefined): SubjectName[] {
  const usual = [...(before === undefined ? [] : ['before']), 'gatehouse', 'memory', 'redis'].join(',')
  const chosen = choice('subjects', given ?? usual, subjectNames)
  if (chosen.includes('before') && before === undefined) throw new Error('--before FOLDER is required for this subject')
  return chosen
}

function choice<T extends string>(name: string, given: string | undefined, known: readonly T[]): T[] {
  if (given == null) return [...known]
  return given.split(',').map(item => {
    const found = known.find(one => one === item)
    if (found == null) throw new Error(`--${name}: ${item} is not one of ${known.join(', ')}`)
    return found
  })
}

function positive(name: string, given: string) {
  const number = Number(given)
  if (!(number > 0)) throw new Error(`--${name}: ${given} is not a number above 0`)
  return number
}
