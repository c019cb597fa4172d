import test from 'ava'
import type { RefusalCode } from '../../src/base/refusal-status.ts'
import {
  Busy,
  Conflict,
  Forbidden,
  InvalidInput,
  NotFound,
  Refusal,
  TooManyAttempts,
  WrongCredentials,
} from '../../src/base/refusals.ts'

const refusals: [Refusal, code: RefusalCode, status: number][] = [
  [new NotFound('there is no such thing'), 'not_found', 404],
  [new NotFound('there is no such page', 'session_not_found'), 'session_not_found', 404],
  [new Conflict('there is one already'), 'conflict', 409],
  [new Forbidden('not by you'), 'forbidden', 403],
  [new Forbidden('no longer valid', 'link_invalid'), 'link_invalid', 403],
  [new InvalidInput({ name: 'too-long' }), 'invalid_input', 422],
  [new WrongCredentials(), 'wrong_credentials', 401],
  [new TooManyAttempts(7), 'too_many_attempts', 429],
  [new Busy(2), 'busy', 503],
]

for (const [refusal, code, status] of refusals) {
  test(`${refusal.constructor.name} ${code} answers ${status}`, t => {
    t.true(refusal instanceof Refusal && refusal instanceof Error)
    t.is(refusal.code, code)
    t.is(refusal.status, status)
    t.truthy(refusal.message)
  })
}

test('invalid input names every field, in its message too', t => {
  const refusal = new InvalidInput({ email: 'invalid', password: 'too-short' })
  t.deepEqual(refusal.fields, { email: 'invalid', password: 'too-short' })
  t.is(refusal.message, 'email: invalid; password: too-short')
})

test('a temporary refusal has a Retry-After header', t => {
  t.is(new TooManyAttempts(7).retryAfter, 7)
  t.deepEqual(new TooManyAttempts(7).headers, { 'Retry-After': '7' })
  t.deepEqual(new Conflict('there is one already').headers, {})
  t.is(new Busy(2).retryAfter, 2)
})

test('wrong credentials do not say which of them was wrong', t => {
  t.is(new WrongCredentials().message, 'wrong email or password')
})
