import test from 'ava'
import fc from 'fast-check'
import { type Level, levelOf, type MethodName, reaches } from '../../src/login/assurance.ts'
import { nextStep, type Requirements, type SignInState } from '../../src/login/next-step.ts'

const FIRST: MethodName[] = ['password', 'mail', 'upstream', 'upstream-mfa', 'passkey']
const ALL: MethodName[] = [...FIRST, 'totp', 'recovery-code', 'security-key', 'trusted-browser']

const levels = fc.constantFrom<Level>('1fa', '2fa', 'phr')
const demands: fc.Arbitrary<Requirements> = fc.record({
  level: levels,
  enrolment: fc.constantFrom<Requirements['enrolment']>('none', 'offered', 'required'),
  verifiedEmail: fc.boolean(),
  offerPasskey: fc.boolean(),
})
const standings: fc.Arbitrary<SignInState> = fc.record({
  accountId: fc.constantFrom(null, 'ada'),
  passed: fc.subarray(ALL).map(methods => new Set(methods)),
  fresh: fc.boolean(),
  factors: fc.record({ totp: fc.boolean(), passkeys: fc.nat(2) }),
  emailVerified: fc.boolean(),
  newCodes: fc.boolean(),
  skipped: fc.subarray<'enrolment' | 'passkey'>(['enrolment', 'passkey']).map(pages => new Set(pages)),
})

const spared = ({ passed }: SignInState) =>
  passed.has('trusted-browser') && !passed.has('mail') && !passed.has('upstream')
const has = ({ factors }: SignInState) => factors.totp || factors.passkeys > 0

test('M-01: a sign-in never finishes without everything that is required', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(standings, demands, (standing, demand) => {
        fc.pre(nextStep(standing, demand) === 'done')
        const level = levelOf(standing.passed)
        const two = reaches(level, '2fa')
        return (
          standing.accountId !== null &&
          FIRST.some(method => standing.passed.has(method)) &&
          reaches(level, demand.level) &&
          (two || !has(standing) || (spared(standing) && demand.level === '1fa')) &&
          (two || has(standing) || demand.enrolment !== 'required') &&
          (standing.emailVerified || !demand.verifiedEmail) &&
          !standing.newCodes
        )
      }),
      { numRuns: 20_000 },
    ),
  )
})

test('M-07: a trusted browser never replaces a second factor that the application requires', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(standings, demands, (standing, demand) => {
        const passed = new Set<MethodName>(['password', 'trusted-browser'])
        fc.pre(demand.level !== '1fa')
        return nextStep({ ...standing, passed }, demand) !== 'done'
      }),
    ),
  )
})

test('M-06: an email is only one factor, even in a trusted browser', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(standings, demands, fc.boolean(), (standing, demand, trusted) => {
        fc.pre(has(standing))
        const passed = new Set<MethodName>(trusted ? ['mail', 'trusted-browser'] : ['mail'])
        return nextStep({ ...standing, accountId: 'ada', passed }, demand) === 'second-factor'
      }),
    ),
  )
})

test('a factor cannot be set up with an old session alone: the person has to sign in again', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(standings, demands, (standing, demand) => {
        const step = nextStep({ ...standing, fresh: false }, demand)
        return step !== 'set-up-factor' && step !== 'offer-passkey'
      }),
    ),
  )
})

/** What a person can do at each step, and where it leads: whatever they choose, they go on. */
function act(standing: SignInState, demand: Requirements, choice: number): SignInState {
  const pass = (...methods: MethodName[]): SignInState => ({
    ...standing,
    passed: new Set([...standing.passed, ...methods]),
  })
  switch (nextStep(standing, demand)) {
    case 'identify':
      return { ...standing, accountId: 'ada', fresh: true, passed: new Set([FIRST[choice % FIRST.length]!]) }
    case 'second-factor':
      if (demand.level === 'phr' || !standing.factors.totp) return pass('passkey')
      return pass(choice % 2 ? 'totp' : 'recovery-code')
    case 'set-up-factor':
      if (demand.enrolment === 'offered' && demand.level === '1fa' && choice % 2)
        return { ...standing, skipped: new Set([...standing.skipped, 'enrolment']) }
      return demand.level === 'phr' || choice % 3 === 0
        ? { ...pass('passkey'), factors: { ...standing.factors, passkeys: 1 }, newCodes: true }
        : { ...pass('totp'), factors: { ...standing.factors, totp: true }, newCodes: true }
    case 'save-recovery-codes':
      return { ...standing, newCodes: false }
    case 'verify-email':
      return { ...standing, emailVerified: true }
    case 'offer-passkey':
      return { ...standing, skipped: new Set([...standing.skipped, 'passkey']) }
    case 'done':
      return standing
  }
}

test('completing each requested step finishes the sign-in in a few steps', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(standings, demands, fc.array(fc.nat(5), { minLength: 8, maxLength: 8 }), (start, demand, choices) => {
        let standing = start
        for (const choice of choices) standing = act(standing, demand, choice)
        return nextStep(standing, demand) === 'done'
      }),
      { numRuns: 5_000 },
    ),
  )
})

test('a person is not asked for a factor that they have already shown', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(standings, demands, (standing, demand) => {
        const shown: SignInState = {
          ...standing,
          accountId: 'ada',
          passed: new Set<MethodName>(['passkey']),
          newCodes: false,
        }
        return ['done', 'offer-passkey', 'verify-email'].includes(nextStep(shown, demand))
      }),
    ),
  )
})
