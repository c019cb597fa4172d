import test from 'ava'
import fc from 'fast-check'
import { type Level, levelOf, type MethodName, reaches } from '../../src/login/assurance.ts'
import { nextStep, type Requirements, type SignInState } from '../../src/login/next-step.ts'

const FIRST: MethodName[] = ['password', 'email', 'upstream', 'upstream-mfa', 'passkey']
const ALL: MethodName[] = [...FIRST, 'totp', 'recovery-code', 'security-key', 'trusted-browser']

const levels = fc.constantFrom<Level>('1fa', '2fa', 'phr')
const requirements: fc.Arbitrary<Requirements> = fc.record({
  level: levels,
  enrolment: fc.constantFrom<Requirements['enrolment']>('none', 'offered', 'required'),
  verifiedEmail: fc.boolean(),
  offerPasskey: fc.boolean(),
})
const states: fc.Arbitrary<SignInState> = fc.record({
  accountId: fc.constantFrom(null, 'ada'),
  passed: fc.subarray(ALL).map(methods => new Set(methods)),
  fresh: fc.boolean(),
  factors: fc.record({ totp: fc.boolean(), passkeys: fc.nat(2) }),
  emailVerified: fc.boolean(),
  newCodes: fc.boolean(),
  skipped: fc.subarray<'enrolment' | 'passkey'>(['enrolment', 'passkey']).map(pages => new Set(pages)),
})

const trustedBrowserCounts = ({ passed }: SignInState) =>
  passed.has('trusted-browser') && !passed.has('email') && !passed.has('upstream')
const hasFactor = ({ factors }: SignInState) => factors.totp || factors.passkeys > 0

test('M-01: a sign-in finishes only when all requirements are met', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(states, requirements, (state, required) => {
        fc.pre(nextStep(state, required) === 'done')
        const level = levelOf(state.passed)
        const two = reaches(level, '2fa')
        return (
          state.accountId !== null &&
          FIRST.some(method => state.passed.has(method)) &&
          reaches(level, required.level) &&
          (two || !hasFactor(state) || (trustedBrowserCounts(state) && required.level === '1fa')) &&
          (two || hasFactor(state) || required.enrolment !== 'required') &&
          (state.emailVerified || !required.verifiedEmail) &&
          !state.newCodes
        )
      }),
      { numRuns: 20_000 },
    ),
  )
})

test('M-07: a trusted browser never replaces a second factor that the application requires', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(states, requirements, (state, required) => {
        const passed = new Set<MethodName>(['password', 'trusted-browser'])
        fc.pre(required.level !== '1fa')
        return nextStep({ ...state, passed }, required) !== 'done'
      }),
    ),
  )
})

test('M-06: an email is only one factor, even in a trusted browser', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(states, requirements, fc.boolean(), (state, required, trusted) => {
        fc.pre(hasFactor(state))
        const passed = new Set<MethodName>(trusted ? ['email', 'trusted-browser'] : ['email'])
        return nextStep({ ...state, accountId: 'ada', passed }, required) === 'second-factor'
      }),
    ),
  )
})

test('a factor cannot be set up with an old session alone: the person has to sign in again', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(states, requirements, (state, required) => {
        const step = nextStep({ ...state, fresh: false }, required)
        return step !== 'set-up-factor' && step !== 'offer-passkey'
      }),
    ),
  )
})

/** The state after a person completes the current step; `choice` selects among the options of that step. */
function afterStep(state: SignInState, required: Requirements, choice: number): SignInState {
  const pass = (...methods: MethodName[]): SignInState => ({
    ...state,
    passed: new Set([...state.passed, ...methods]),
  })
  switch (nextStep(state, required)) {
    case 'identify':
      return { ...state, accountId: 'ada', fresh: true, passed: new Set([FIRST[choice % FIRST.length]!]) }
    case 'second-factor':
      if (required.level === 'phr' || !state.factors.totp) return pass('passkey')
      return pass(choice % 2 ? 'totp' : 'recovery-code')
    case 'set-up-factor':
      if (required.enrolment === 'offered' && required.level === '1fa' && choice % 2)
        return { ...state, skipped: new Set([...state.skipped, 'enrolment']) }
      return required.level === 'phr' || choice % 3 === 0
        ? { ...pass('passkey'), factors: { ...state.factors, passkeys: 1 }, newCodes: true }
        : { ...pass('totp'), factors: { ...state.factors, totp: true }, newCodes: true }
    case 'save-recovery-codes':
      return { ...state, newCodes: false }
    case 'verify-email':
      return { ...state, emailVerified: true }
    case 'offer-passkey':
      return { ...state, skipped: new Set([...state.skipped, 'passkey']) }
    case 'done':
      return state
  }
}

test('a sign-in finishes after a few completed steps, whatever the person chooses', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(
        states,
        requirements,
        fc.array(fc.nat(5), { minLength: 8, maxLength: 8 }),
        (start, required, choices) => {
          let state = start
          for (const choice of choices) state = afterStep(state, required, choice)
          return nextStep(state, required) === 'done'
        },
      ),
      { numRuns: 5_000 },
    ),
  )
})

test('a person is not asked for a factor that they have already used', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(states, requirements, (state, required) => {
        const used: SignInState = {
          ...state,
          accountId: 'ada',
          passed: new Set<MethodName>(['passkey']),
          newCodes: false,
        }
        return ['done', 'offer-passkey', 'verify-email'].includes(nextStep(used, required))
      }),
    ),
  )
})
